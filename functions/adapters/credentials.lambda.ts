import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * The credentials of a deployed function: Lambda puts those of its role into the environment, and never elsewhere. infra/bundle.ts puts this
 * module in the place of `@aws-sdk/credential-provider-node`, which also knows profiles, single sign-on, STS and metadata servers.
 */
export const defaultProvider = fromEnv;
