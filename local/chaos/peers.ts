/** Other tools with which people build such a bridge. */
export const PEERS = ['Node-RED', 'n8n', 'n8n with retries', 'webhook + shell'] as const;
export type Peer = (typeof PEERS)[number];

type Figures = Readonly<Record<Peer, string>>;
const figures = (nodeRed: string, n8n: string, n8nWithRetries: string, shell: string): Figures => ({
  'Node-RED': nodeRed,
  n8n,
  'n8n with retries': n8nWithRetries,
  'webhook + shell': shell,
});

/**
 * The results of the same faults with these tools, on two cores, against one mock of the API, with recordings of a
 * megabyte: Node-RED 5.0.7; n8n 2.41.1 with its nodes' defaults, and with five tries at each node; Debian's webhook
 * 2.8.0 with a script of curl and s3cmd.
 */
export const PEER_FIGURES = {
  repeated: figures('5 of 5', '5 of 5', '5 of 5', '5 of 5'),
  'API 503': figures('0', '0', '5', '0'),
  'recording 404': figures('0, 5 bad', '0', '5', '0'),
  'XML page': figures('sent', 'sent', 'sent', 'sent'),
  killed: figures('0 of 10', '0 of 10', '0 of 10', '10 of 10'),
  unsigned: figures('accepted', 'accepted', 'accepted', 'accepted'),
} as const satisfies Record<string, Figures>;
export type Measured = keyof typeof PEER_FIGURES;

/** Notes below the table. */
export const PEER_NOTES = [
  'Peers got the repeated webhook 5 times. “0, 5 bad”: five memos that hold the text of the error.',
  'The scripts of webhook + shell outlive it when it is killed; a machine that dies would lose them. –: not measured.',
];
