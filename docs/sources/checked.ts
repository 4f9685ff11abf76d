import { readFileSync, writeFileSync } from 'node:fs';

/** When the page of a source was last held against what its vendor publishes, and against what. */
export interface Checked {
  /** `2026-11-30` */
  on: string;
  /** Documents and libraries, with their versions or dates. */
  against: string;
}

/** By the page's name. Whoever holds one against its vendor's documents again writes the day here, and runs this file. */
export const CHECKED: Readonly<Record<string, Checked>> = {
  aircall: {
    on: '2026-11-30',
    against:
      'Aircall\'s guide "Webhooks overview" and public code that reads its events; no library of Aircall\'s exists',
  },
  'amazon-connect': {
    on: '2026-11-30',
    against:
      'the model of the Connect API (`DescribeContact`, version 2017-08-08 in botocore), the Amazon Connect administrator guide, and S3\'s "EventBridge event message structure"',
  },
  bandwidth: {
    on: '2026-11-30',
    against: "Bandwidth's API documentation of November 2023, dev.bandwidth.com and its Node SDK of July 2026",
  },
  bland: {
    on: '2026-11-30',
    against:
      'Bland\'s API reference "Get a call\'s recording" (`get/calls-id-recording`), copies of "Webhook Signing" and "Post Call Webhooks"',
  },
  callrail: {
    on: '2026-11-30',
    against: 'CallRail\'s API documentation ("Webhooks", "Validating Payloads") as an API catalogue copies it',
  },
  daily: {
    on: '2026-11-30',
    against: 'Daily\'s "Webhooks", "Create webhook" and "Get recording link", and public receivers of its events',
  },
  dialpad: {
    on: '2026-11-30',
    against:
      'Dialpad\'s Python SDK of 2026-03-31 (call events, recording share links) and "Event Subscriptions", "Call Events", "Webhook Delivery Failures"',
  },
  elevenlabs: {
    on: '2026-11-30',
    against:
      "`@elevenlabs/elevenlabs-js` 2.73.0 (signature, hosts of the regions) and ElevenLabs' documentation repository of August 2025",
  },
  gohighlevel: {
    on: '2026-11-30',
    against:
      'HighLevel\'s API documentation of June 2026, its "Webhook Integration Guide" and "Automated Webhook Retries", and `@gohighlevel/api-client` 3.1.0',
  },
  justcall: {
    on: '2026-11-30',
    against:
      'JustCall\'s "Dynamic Webhook Signatures" (with its sample), "Call Events" and "Auto-Retry"; no library of JustCall\'s exists',
  },
  livekit: {
    on: '2026-11-30',
    against: 'livekit/protocol d74e7cdb, livekit/egress e948d1eb, `livekit-server-sdk` 2.19.2 and docs.livekit.io',
  },
  plivo: {
    on: '2026-11-30',
    against: '`plivo` 4.79.0 (signature V3) and Plivo\'s "Record element" and "Callback configurations"',
  },
  quo: {
    on: '2026-11-30',
    against:
      "two third-party digests of Quo's webhook documentation, version 2026-03-30, and public code that reads its voicemail events",
  },
  retell: {
    on: '2026-11-30',
    against:
      '`retell-sdk` 5.66.1, Retell\'s "Webhook overview" and "Data Storage Settings", and its deprecation notice of 9/30 about the latter',
  },
  ringcentral: {
    on: '2026-11-30',
    against:
      'RingCentral\'s documentation repository of 2026-04-28 (call log, recordings), "Voicemail Message Event", and the comments of its .NET, Java and TypeScript SDKs',
  },
  's3-drop': {
    on: '2026-11-30',
    against: 'S3\'s "EventBridge event message structure", and an event that a user of S3 has published',
  },
  signalwire: {
    on: '2026-11-30',
    against:
      "`@signalwire/compatibility-api` 3.2.0, `@signalwire/web-api` 3.1.7 and SignalWire's documentation repository of August 2026",
  },
  sinch: {
    on: '2026-11-30',
    against:
      'Sinch\'s "Callback Request Signing" (with its sample) and "Recording calls", and `@sinch/sdk-client` 1.5.0',
  },
  'standard-webhooks': {
    on: '2026-11-30',
    against: 'the Standard Webhooks specification, `standardwebhooks` 1.1.1 and `svix` 2.5.0',
  },
  telnyx: {
    on: '2026-11-30',
    against:
      '`telnyx` 7.24.0 and Telnyx\'s "Call recording saved" and "Voice API Webhooks" in a dated third-party digest',
  },
  twilio: {
    on: '2026-11-30',
    against:
      '`twilio` 6.3.1, Twilio\'s changelog to 2026-10-01, "Recordings resource", "Sign webhooks with shared keys" (public beta)',
  },
  ultravox: {
    on: '2026-11-30',
    against: "Ultravox' documentation repository of April 2026 (webhooks, securing webhooks, call recording)",
  },
  vapi: {
    on: '2026-11-30',
    against: "`@vapi-ai/server-sdk` 2.0.1 and Vapi's documentation repository of 2026-08-20 (EU organisations)",
  },
  vonage: {
    on: '2026-11-30',
    against: "`@vonage/jwt` 1.17.1, Vonage's webhook pages, and its documentation of 2021 for the NCCO",
  },
  'zoom-phone': {
    on: '2026-11-30',
    against: "`@zoom/rivet` 0.4.0 and Zoom's changelog to 2026-11-16",
  },
};

const lineOf = ({ on, against }: Checked): string =>
  `Last checked on ${on} against ${against}. Nothing was tried against the vendor's own service.`;

/** A page as it is to be: its own text, and the line that says when it was checked at its end. */
export const withLine = (page: string, checked: Checked): string =>
  `${page.replace(/\n+Last checked on [^\n]*\n*$/, '').trimEnd()}\n\n${lineOf(checked)}\n`;

if (import.meta.main) {
  for (const [name, checked] of Object.entries(CHECKED)) {
    const path = new URL(`${name}.md`, import.meta.url);
    writeFileSync(path, withLine(readFileSync(path, 'utf8'), checked));
  }
}
