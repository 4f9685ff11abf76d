import { readFileSync } from 'node:fs';
import { type Call, postJson } from '../post-json.ts';
import { sign } from './elevenlabs.sign.ts';

const SECRET = 'wsec_9e107d9d372bb6826bd81d3542a419d6e4d909c290d0fb1ca068ffaddf22cbd0';
/** The demo's call. */
const call = readFileSync(new URL('../sample/call.mp3', import.meta.url));

/** The audio event, which has its audio inside; the audio of a transcription event is at ElevenLabs' own API. */
export const deliver = ({ nowSeconds, id, audio = call }: Call & { audio?: Buffer }) => {
  const data = {
    agent_id: 'agent_8b00f3afb416d3411100',
    conversation_id: `conv_${id}`,
    full_audio: audio.toString('base64'),
  };
  const body = JSON.stringify({ type: 'post_call_audio', event_timestamp: nowSeconds, data });
  return postJson({
    secrets: {
      ELEVENLABS_WEBHOOK_SECRET: SECRET,
      ELEVENLABS_API_KEY: 'sk_0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978',
    },
    headers: { 'elevenlabs-signature': sign(SECRET, nowSeconds, body) },
    body,
  });
};
