import { deliverAs } from './standard-webhooks.ts';

export const deliver = deliverAs('svix', 'SVIX_SECRET');
