export const dollars = (usd: number): string =>
  usd === 0
    ? '0'
    : usd < 0.005
      ? '< $0.01'
      : `$${usd.toLocaleString('en', usd < 100 ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumFractionDigits: 0 })}`;

export const cents = (usd: number): string => `${(usd * 100).toPrecision(2)} cents`;
