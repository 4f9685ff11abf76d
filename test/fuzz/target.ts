import type * as fc from 'fast-check';

/** A property that must hold for every input. An input is plain data, so that a file can keep it. */
export interface Target<Input = unknown> {
  name: string;
  inputs: fc.Arbitrary<Input>;
  /**
   * Tries one input. Throws where a property is violated.
   * @returns a short name for the outcome; an input with a new outcome is interesting, and can be kept
   */
  check(input: Input): Promise<string>;
}
