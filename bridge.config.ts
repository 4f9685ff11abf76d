import { defineBridge, secret, setting } from './functions/config.ts';
import { aircall } from './functions/sources/aircall.ts';
import { amazonConnect } from './functions/sources/amazon-connect.ts';
import { bandwidth } from './functions/sources/bandwidth.ts';
import { bland } from './functions/sources/bland.ts';
import { callrail } from './functions/sources/callrail.ts';
import { daily } from './functions/sources/daily.ts';
import { dialpad } from './functions/sources/dialpad.ts';
import { elevenlabs } from './functions/sources/elevenlabs.ts';
import { gohighlevel } from './functions/sources/gohighlevel.ts';
import { justcall } from './functions/sources/justcall.ts';
import { livekit } from './functions/sources/livekit.ts';
import { plivo } from './functions/sources/plivo.ts';
import { quo } from './functions/sources/quo.ts';
import { retell } from './functions/sources/retell.ts';
import { ringcentral } from './functions/sources/ringcentral.ts';
import { s3Drop } from './functions/sources/s3-drop.ts';
import { signalwire } from './functions/sources/signalwire.ts';
import { sinch } from './functions/sources/sinch.ts';
import { standardWebhooks } from './functions/sources/standard-webhooks.ts';
import { telnyx } from './functions/sources/telnyx.ts';
import { twilio } from './functions/sources/twilio.ts';
import { ultravox } from './functions/sources/ultravox.ts';
import { vapi } from './functions/sources/vapi.ts';
import { vonage } from './functions/sources/vonage.ts';
import { zoomPhone } from './functions/sources/zoom-phone.ts';

/**
 * What this bridge connects. A source's name is part of its hook URL, `/hooks/<name>`; a source whose secrets are
 * absent is off. The first route that matches a recording decides where its memo goes; `?chat=<uuid>` on the hook URL
 * comes before all routes. Delete the sources that you do not use: only the listed sources are bundled.
 */
export default defineBridge({
  sources: {
    twilio: twilio({ authToken: secret('TWILIO_AUTH_TOKEN') }),
    signalwire: signalwire({ signingKey: secret('SIGNALWIRE_SIGNING_KEY') }),
    telnyx: telnyx({ publicKey: secret('TELNYX_PUBLIC_KEY'), apiKey: secret('TELNYX_API_KEY') }),
    vonage: vonage({
      signatureSecret: secret('VONAGE_SIGNATURE_SECRET'),
      applicationId: secret('VONAGE_APPLICATION_ID'),
      privateKey: secret('VONAGE_PRIVATE_KEY'),
    }),
    plivo: plivo({ authId: secret('PLIVO_AUTH_ID'), authToken: secret('PLIVO_AUTH_TOKEN') }),
    'zoom-phone': zoomPhone({
      secretToken: secret('ZOOM_PHONE_SECRET_TOKEN'),
      accountId: secret('ZOOM_PHONE_ACCOUNT_ID'),
      clientId: secret('ZOOM_PHONE_CLIENT_ID'),
      clientSecret: secret('ZOOM_PHONE_CLIENT_SECRET'),
    }),
    ringcentral: ringcentral({
      validationToken: secret('RINGCENTRAL_VALIDATION_TOKEN'),
      clientId: secret('RINGCENTRAL_CLIENT_ID'),
      clientSecret: secret('RINGCENTRAL_CLIENT_SECRET'),
      jwt: secret('RINGCENTRAL_JWT'),
      server: setting('RINGCENTRAL_SERVER_URL'),
    }),
    dialpad: dialpad({ webhookSecret: secret('DIALPAD_WEBHOOK_SECRET'), apiKey: secret('DIALPAD_API_KEY') }),
    aircall: aircall({
      webhookToken: secret('AIRCALL_WEBHOOK_TOKEN'),
      apiId: secret('AIRCALL_API_ID'),
      apiToken: secret('AIRCALL_API_TOKEN'),
    }),
    callrail: callrail({ signingKey: secret('CALLRAIL_SIGNING_KEY') }),
    quo: quo({ webhookSecret: secret('QUO_WEBHOOK_SECRET') }),
    retell: retell({ apiKey: secret('RETELL_API_KEY') }),
    vapi: vapi({
      secret: secret('VAPI_SECRET'),
      privateKey: secret('VAPI_PRIVATE_KEY'),
      apiHost: setting('VAPI_API_HOST'),
    }),
    bland: bland({ webhookSecret: secret('BLAND_WEBHOOK_SECRET'), apiKey: secret('BLAND_API_KEY') }),
    elevenlabs: elevenlabs({
      webhookSecret: secret('ELEVENLABS_WEBHOOK_SECRET'),
      apiKey: secret('ELEVENLABS_API_KEY'),
      apiHost: setting('ELEVENLABS_API_HOST'),
    }),
    justcall: justcall({
      apiSecret: secret('JUSTCALL_API_SECRET'),
      apiKey: secret('JUSTCALL_API_KEY'),
      apiUrl: setting('JUSTCALL_API_URL'),
    }),
    ultravox: ultravox({
      webhookSecret: secret('ULTRAVOX_WEBHOOK_SECRET'),
      apiKey: secret('ULTRAVOX_API_KEY'),
      apiUrl: setting('ULTRAVOX_API_URL'),
    }),
    bandwidth: bandwidth({
      credentials: secret('BANDWIDTH_WEBHOOK_CREDENTIALS'),
      clientId: secret('BANDWIDTH_CLIENT_ID'),
      clientSecret: secret('BANDWIDTH_CLIENT_SECRET'),
    }),
    daily: daily({
      webhookSecret: secret('DAILY_WEBHOOK_SECRET'),
      apiKey: secret('DAILY_API_KEY'),
      apiUrl: setting('DAILY_API_URL'),
    }),
    gohighlevel: gohighlevel({
      publicKey: secret('GOHIGHLEVEL_PUBLIC_KEY'),
      appId: secret('GOHIGHLEVEL_APP_ID'),
      locationId: secret('GOHIGHLEVEL_LOCATION_ID'),
      token: secret('GOHIGHLEVEL_TOKEN'),
      apiUrl: setting('GOHIGHLEVEL_API_URL'),
    }),
    livekit: livekit({ apiKey: secret('LIVEKIT_API_KEY'), apiSecret: secret('LIVEKIT_API_SECRET') }),
    sinch: sinch({
      applicationKey: secret('SINCH_APPLICATION_KEY'),
      applicationSecret: secret('SINCH_APPLICATION_SECRET'),
    }),
    // These two have no hook: each new object in a bucket that names them is a recording. docs/sources/s3-drop.md
    'amazon-connect': amazonConnect({
      instanceArn: setting('CONNECT_INSTANCE_ARN'),
      chatAttribute: 'aftercall_chat',
      apiUrl: setting('CONNECT_API_URL'),
    }),
    's3-drop': s3Drop({ facts: 'metadata' }),
    'standard-webhooks': standardWebhooks({ secret: secret('STANDARD_WEBHOOKS_SECRET') }),
    svix: standardWebhooks({ secret: secret('SVIX_SECRET'), prefix: 'svix' }),
  },
  // audio: { minSeconds: 2, maxSeconds: 3600 },  docs/audio.md
  // hookQuery: 'signed',  docs/sources/README.md
  // inspect: true,  keeps masked payloads of webhooks for a week; docs/inspect.md
  // retentionDays: 90,  how long audio, rows and Linq's copies are kept: 28 to 365, 30 by default; docs/retention.md
  // alarms: { email: 'ops@example.com', silentAfterHours: { twilio: 12 } },  docs/alarms.md
  // concurrency: { store: 3, send: 3 }, throttle: { requestsPerSecond: 500, burst: 1000 },  docs/limits.md
  // buckets: [{ name: 'acme-calls', prefix: 'calls/' }],  recordings that call systems leave in S3; docs/buckets.md
  stages: {
    // prod: { domain: { name: 'calls.example.com', certificateArn: 'arn:aws:acm:…' } },  docs/deploy.md
    // The bucket of `aftercall drop` on this machine. For a deployed stage, name your own: docs/buckets.md
    local: {
      buckets: [
        { name: 'drops', prefix: 'calls/', source: 's3-drop' },
        { name: 'drops', prefix: 'connect/', source: 'amazon-connect' },
      ],
    },
  },
  routes: [
    // { when: { source: 'twilio', to: '+12052535597' }, send: { chat: '550e8400-e29b-41d4-a716-446655440000' } },
    // docs/routes.md
  ],
});
