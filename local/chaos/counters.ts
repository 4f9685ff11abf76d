/** Counts each fault by its dealer: the part that injected the fault. */
export interface Counters {
  count(dealer: Dealer, fault: string): void;
  /** Returns the counts since the last call. */
  takeCounts(): Counts;
}
export type Counts = Readonly<Record<Dealer, Readonly<Record<string, number>>>>;

export const DEALERS = ['senders', 'media host', 'Linq', 'machine', 'operator'] as const;
export type Dealer = (typeof DEALERS)[number];

/** @param say called for each injected fault */
export const counters = (say: (what: string) => void): Counters => {
  const none = () =>
    Object.fromEntries(DEALERS.map((dealer) => [dealer, {}])) as Record<Dealer, Record<string, number>>;
  let counts = none();
  return {
    count(dealer, fault) {
      counts[dealer][fault] = (counts[dealer][fault] ?? 0) + 1;
      say(`${dealer}: ${fault}`);
    },
    takeCounts() {
      const taken = counts;
      counts = none();
      return taken;
    },
  };
};
