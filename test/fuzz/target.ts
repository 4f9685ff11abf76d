import type * as fc from 'fast-check';

/** Something that must hold for every input. An input is plain data, so that it can be kept in a file. */
export interface Target<Input = unknown> {
  name: string;
  inputs: fc.Arbitrary<Input>;
  /**
   * Tries one input. Throws where a property is violated.
   * @returns a short name for what happened; an input that brings a new one is interesting, and can be kept
   */
  check(input: Input): Promise<string>;
}
