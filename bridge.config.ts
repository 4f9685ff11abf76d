import { defineBridge, secret } from './functions/config.ts';
import { standardWebhooks } from './functions/sources/standard-webhooks.ts';
import { twilio } from './functions/sources/twilio.ts';

/**
 * What this bridge connects. The name of a source is its hook URL, `/hooks/<name>`; one whose secrets are absent is off.
 * The first route whose `when` fits a recording says where its memo goes; `?chat=<uuid>` on the hook URL wins over routes.
 */
export default defineBridge({
  sources: {
    twilio: twilio({ authToken: secret('TWILIO_AUTH_TOKEN') }),
    'standard-webhooks': standardWebhooks({ secret: secret('STANDARD_WEBHOOKS_SECRET') }),
    svix: standardWebhooks({ secret: secret('SVIX_SECRET'), prefix: 'svix' }),
  },
  routes: [
    // { when: { source: 'twilio', to: '+12052535597' }, send: { chat: '550e8400-e29b-41d4-a716-446655440000' } },
  ],
});
