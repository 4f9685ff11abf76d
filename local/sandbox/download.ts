import { maxMemoBytes } from './formats.ts';
import { Refusal } from './refusals.ts';

/**
 * Fetches the file of a `voice_memo_url`: one GET, no redirect, one time limit for headers and body together. Reads no
 * further than the size limit. Throws 500/5002 when the download fails, and 413/5001 when the file is too large.
 */
export async function downloadMemo(url: URL, timeoutMs: number): Promise<Buffer> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Refusal('downloadFailed', { detail: `the server answered ${response.status}` });
    }
    return await readUpToLimit(response.body ?? []);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // The URL is signed: it stays out of the message.
    throw new Refusal('downloadFailed', { cause: error });
  }
}

/** Leaving the loop early cancels the body, and with it the transfer. */
async function readUpToLimit(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxMemoBytes) throw new Refusal('memoTooLarge');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
