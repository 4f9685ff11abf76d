import { stripVTControlCharacters } from 'node:util';
import type { Account } from '../base/account.ts';
import type { CdkRun } from '../base/cdk.ts';
import { Failure } from '../base/failure.ts';

interface Where {
  account: Account;
  stage?: string;
}

/**
 * What a failed run of the CDK means, and the next step. What the CDK said itself stands above on the terminal.
 * @param what `the deploy failed`
 */
export const explainCdk = (what: string, { said }: CdkRun, where: Where): Failure => {
  const plain = stripVTControlCharacters(said);
  const found = MEANINGS.find(({ pattern }) => pattern.test(plain));
  const [, detail = ''] = found?.pattern.exec(plain) ?? [];
  const next = found ? found.next(where, detail) : otherwise(where);
  return new Failure(`${what}: ${next}`, 'cdk');
};

interface Meaning {
  pattern: RegExp;
  next: (where: Where, detail: string) => string;
}

/** The first that fits counts: causes before their consequences. */
const MEANINGS: readonly Meaning[] = [
  {
    pattern: /ExpiredToken|security token[^.]* (?:is )?expired|TokenRefreshRequired/i,
    next: () => 'the AWS credentials have expired. Sign in again (aws sso login), then run the same command',
  },
  {
    pattern: /Unable to resolve AWS account|no credentials have been configured/,
    next: () => 'the CDK finds no AWS credentials. Sign in (aws sso login) and export AWS_PROFILE=…',
  },
  {
    pattern: /Has the environment been bootstrapped|requires bootstrap stack version|bootstrapped\?/,
    next: ({ account }) =>
      `the CDK's bootstrap is absent or too old, or these credentials may not see it. Run npx cdk bootstrap aws://${account.id}/${account.region}`,
  },
  {
    pattern: /Could not assume role|is not authorized to perform: sts:AssumeRole/,
    next: ({ account }) =>
      `${account.arn} may not use the roles of the CDK's bootstrap. Have it allowed sts:AssumeRole on arn:aws:iam::${account.id}:role/cdk-*`,
  },
  {
    pattern: /is not authorized to perform: ([\w-]+:\w+)/,
    next: (_, right) => `AWS denies ${right} to these credentials or to the CDK's role. Use a role that may`,
  },
  {
    pattern: /(?:Unreserved)?ConcurrentExecutions? (?:for account )?below|ReservedConcurrentExecutions/,
    next: () =>
      'the account has not the concurrency that bridge.config.ts reserves. Take concurrency.receive out or lower it (docs/limits.md), or ask AWS for more',
  },
  {
    pattern: /\b(\S+) already exists\b/,
    next: (_, name) =>
      `${name} exists already, perhaps from an earlier deploy: docs/deploy.md says what is kept and how a stage finds it again`,
  },
  {
    pattern:
      /(?:certificate|ACM)[^\n]*(?:not found|not valid|invalid|pending|does not|doesn't|UnsupportedCertificate)|UnsupportedCertificate/i,
    next: ({ account }) =>
      `AWS does not take the certificate of the domain. It must be issued (not pending), for that very name, and in ${account.region}`,
  },
  {
    pattern: /UPDATE_ROLLBACK_FAILED|ROLLBACK_FAILED|paused fail state/,
    next: ({ stage }) =>
      `the stack could not be rolled back either. Fix what the events name, run npx cdk rollback -c stage=${stage}, then deploy again`,
  },
  {
    pattern: /_IN_PROGRESS state and can ?not be updated|is in \w+_IN_PROGRESS/,
    next: () => 'another deploy of this stage is under way. Wait until it has ended, then run the same command',
  },
  {
    pattern: /Throttling|Rate exceeded|TooManyRequests/,
    next: () => 'AWS asks for patience. Run the same command in a minute',
  },
  {
    pattern: /LimitExceeded|quota|limit exceeded/i,
    next: () =>
      'a limit of the account is reached; the message above names it. Ask for more in Service Quotas, then run it again',
  },
  {
    pattern: /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN/,
    next: () =>
      'AWS could not be reached on the way. Run the same command again; what is done already is not done twice',
  },
];

const otherwise = ({ stage, account }: Where): string =>
  stage === undefined
    ? 'the reason stands above'
    : `the reason stands above, and under the stack's events (CloudFormation, ${account.region}). CloudFormation puts back what was there before, so that the earlier version goes on running. docs/deploy.md has what to do`;
