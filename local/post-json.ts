/** What a sender is told about the call that its webhook announces. */
export interface Call {
  /** The URL that the webhook is posted to. */
  hookUrl: string;
  /** Where the recording is. The origin also stands in for the call system's API. */
  recordingUrl: string;
  /** The time of the webhook, in seconds since 1970. */
  nowSeconds: number;
  /** 32 hexadecimal digits, for the id of the recording. */
  id: string;
}

interface Posted<Secrets extends Record<string, string>> {
  /** The secrets of the source, which the webhook is signed with. */
  secrets: Secrets;
  body: string;
  /** The headers besides the content type: the signature. */
  headers?: Record<string, string>;
}

/** A webhook that posts JSON. */
export const postJson = <Secrets extends Record<string, string>>({ secrets, body, headers }: Posted<Secrets>) => ({
  secrets,
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
});
