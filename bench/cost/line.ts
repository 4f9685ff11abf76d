export interface Price {
  service: string;
  unit: string;
  /** The tiers in order; the last tier has no end. */
  tiers: { upTo?: number; usd: number }[];
  source: string;
}
export type PriceName = keyof typeof import('./prices.json')['prices'];
export type Prices = Readonly<Record<PriceName, Price>>;

/** A line of the bill: a number of units at one price. */
export interface Line {
  part: string;
  what: string;
  price: PriceName;
  /** For each memo. */
  perMemo: number;
  /** Each month, whether a memo comes or not. */
  fixed?: number;
}
