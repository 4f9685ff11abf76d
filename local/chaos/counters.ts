/** How often each fault was dealt, by who dealt it. */
export interface Counters {
  count(dealer: Dealer, fault: string): void;
  /** What was dealt since the last time this was asked. */
  takeCounts(): Counts;
}
export type Counts = Readonly<Record<Dealer, Readonly<Record<string, number>>>>;

export const DEALERS = ['senders', 'media host', 'Linq', 'machine', 'operator'] as const;
export type Dealer = (typeof DEALERS)[number];

/** @param say hears of each fault as it is dealt */
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
