import { AftercallError } from '../../functions/core/model/errors.ts';
import type { History } from './history.ts';
import type { Fault, Step } from './plan.ts';
import type { Simulator } from './simulator.ts';

/** One run of a step: a process that may die, freeze or lose its lease at any call to the outside. */
export interface Process {
  step: Step;
  run: number;
  /** The name in the history, such as `send 3`. */
  name: string;
  beganMs: number;
  /** Aborts the signal of the process's lease. A process without a lease never aborts the signal. */
  lease: AbortController;
  /** Wraps a port: each call takes time and is an effect at which a fault may strike. */
  of<T extends object>(port: T, portName: string): T;
  /** Calls `act` after `ms`. A dead process never calls `act`; a frozen process calls `act` when the freeze ends. */
  later(ms: number, act: () => void): void;
  isAlive(): boolean;
  /** Whether the process can no longer renew its lease. */
  hasLostLease(): boolean;
  die(reason: string): void;
  /** Runs the work to its end. A dead process has no further effects. */
  start(work: () => Promise<void>): void;
  /** Whether the process waits for an effect, has ended or is dead. Such a process does nothing by itself. */
  isIdle(): boolean;
}

export interface ProcessOptions {
  sim: Simulator;
  history: History;
  pace: number;
  faults: ReadonlyMap<string, Fault>;
  /** The process is killed after this time. */
  timeoutMs: number | undefined;
  /** Receives an error that the work threw by its own mistake. */
  onMistake: (process: string, error: unknown) => void;
  onFault: (fault: Fault) => void;
  /** Called when the process has ended or died. */
  onOver?: () => void;
}

export const faultKey = ({ step, run, effect }: Pick<Fault, 'step' | 'run' | 'effect'>): string =>
  `${step} ${run} ${effect}`;

/** These ports return outcomes and throw nothing. The plan describes the failures of Linq and of the media host. */
const OUTSIDE = ['clock', 'linq', 'media'];
/**
 * The longest freeze before a POST. The bridge begins each POST within seconds of the ledger's write, so that a
 * suspended machine cannot send a memo that was given up long ago.
 */
const LONGEST_PAUSE_BEFORE_POST_MS = 4 * 60_000;

export const startProcess = (step: Step, run: number, options: ProcessOptions): Process => {
  const { sim, history, pace, faults, timeoutMs } = options;
  const name = `${step} ${run}`;
  let effects = 0;
  const called = new Set<string>();
  let waiting = 0;
  let over = false;
  let dead = false;
  let frozenUntilMs = 0;
  let lostLease = false;
  const lease = new AbortController();

  const later = (ms: number, act: () => void) => {
    const fire = () => {
      if (dead) return;
      if (sim.nowMs() < frozenUntilMs) sim.at(frozenUntilMs, fire);
      else act();
    };
    sim.after(ms, fire);
  };
  const die = (reason: string) => {
    if (dead || over) return;
    dead = true;
    history.say(`${name} dies ${reason}`);
    options.onOver?.();
  };
  const freeze = (ms: number, where: string) => {
    frozenUntilMs = sim.nowMs() + ms;
    history.say(`${name} freezes for ${Math.round(ms / 1000)} s ${where}`);
  };

  /** Makes one call of a port, with the fault that the plan has for this call. */
  const effect = (label: string, portName: string, invoke: () => Promise<unknown>): Promise<unknown> => {
    effects += 1;
    const number = effects;
    const here = `${label} (its effect ${number})`;
    const isPost = label === 'linq.sendVoiceMemo';
    const isFirst = !called.has(label);
    called.add(label);
    const named = isFirst ? faults.get(faultKey({ step, run, effect: label })) : undefined;
    const fault = named ?? faults.get(faultKey({ step, run, effect: number }));
    if (fault) options.onFault(fault);
    const isOurs = !OUTSIDE.includes(portName);
    const mayFail = isOurs ? fault?.trouble : undefined;
    const thereMs = latencyMs(pace, step, run, 2 * number);
    const backMs = latencyMs(pace, step, run, 2 * number + 1);
    return new Promise((resolve, reject) => {
      waiting += 1;
      const answer = (settle: () => void) =>
        later(backMs, () => {
          waiting -= 1;
          settle();
        });
      const throwing = (what: string) => {
        history.say(`${name}: ${what}`);
        answer(() => reject(new InjectedFailure(what)));
      };
      const make = () => {
        if (fault?.trouble === 'dies before') return die(`before ${here}`);
        if (fault?.trouble === 'loses its lease' && !lostLease) {
          lostLease = true;
          history.say(`${name}: its lease can no longer be renewed`);
        }
        if (mayFail === 'fails') return throwing(`${here} is not reached`);
        const made = invoke();
        const whole = mayFail === 'is repeated' ? repeated(made, invoke, `${name}: the SDK repeats ${here}`) : made;
        whole.then(
          (value) => {
            if (dead) return;
            if (fault?.trouble === 'dies after') return die(`after ${here}`);
            if (fault?.trouble === 'freezes after') freeze(fault.ms, `after ${here}`);
            if (mayFail === 'loses the answer') return throwing(`the answer to ${here} is lost`);
            answer(() => resolve(value));
          },
          (error) => answer(() => reject(error)),
        );
      };
      later(isPost ? Math.min(thereMs, 2000) : thereMs, () => {
        if (fault?.trouble !== 'freezes before') return make();
        freeze(isPost ? Math.min(fault.ms, LONGEST_PAUSE_BEFORE_POST_MS) : fault.ms, `before ${here}`);
        later(0, make);
      });
    });
  };
  const repeated = async (first: Promise<unknown>, again: () => Promise<unknown>, what: string) => {
    await first;
    history.say(what);
    return again();
  };

  if (timeoutMs !== undefined)
    sim.after(timeoutMs, () => {
      if (!over) die('at its time-out');
    });

  return {
    step,
    run,
    name,
    beganMs: sim.nowMs(),
    lease,
    later,
    die,
    isAlive: () => !dead && !over,
    hasLostLease: () => lostLease,
    isIdle: () => dead || over || waiting > 0,
    start(work) {
      work().then(
        () => {
          over = true;
          options.onOver?.();
        },
        (error) => {
          over = true;
          if (dead) return;
          if (isExpected(error)) history.say(`${name} ends with: ${error.message}`);
          else options.onMistake(name, error);
          options.onOver?.();
        },
      );
    },
    of: <T extends object>(port: T, portName: string): T =>
      new Proxy(port, {
        get(target, method, receiver) {
          const value: unknown = Reflect.get(target, method, receiver);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]) =>
            effect(`${portName}.${String(method)}`, portName, async () => Reflect.apply(value, target, given));
        },
      }),
  };
};

/** A failure that the plan injects. Any other error of a step is the step's own mistake. */
export class InjectedFailure extends AftercallError {
  constructor(what: string) {
    super('unavailable', what, { retryable: true });
  }
}

/** Whether a step asks for a retry, or leaves the message to later code. */
export const isExpected = (error: unknown): error is AftercallError =>
  error instanceof AftercallError && (error.retryable || error.code === 'later_version');

/** Mostly some milliseconds, sometimes seconds, seldom longer than the interval at which a lease is renewed. */
const latencyMs = (pace: number, step: Step, run: number, number: number): number => {
  if (pace === 0) return 10;
  const [kind, amount] = [mix(pace, step, run, number), mix(pace, step, run, number + 0x9e37)];
  if (kind < 0.75) return 2 + Math.floor(amount * 40);
  if (kind < 0.94) return 40 + Math.floor(amount * 1500);
  if (kind < 0.99) return 1500 + Math.floor(amount * 8000);
  return 9_000 + Math.floor(amount * 60_000);
};

/** A number from 0 to below 1 that depends only on the arguments. */
export const mix = (pace: number, text: string, run: number, number: number): number => {
  let hash =
    Math.imul(pace ^ 0x85ebca6b, 0xc2b2ae35) ^ Math.imul(run + 1, 0x27d4eb2f) ^ Math.imul(number + 1, 0x165667b1);
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};
