import { stripVTControlCharacters } from 'node:util';
import type { Account } from '../base/account.ts';
import type { CdkRun } from '../base/cdk.ts';
import { Failure } from '../base/failure.ts';

interface Where {
  account: Account;
  stage?: string;
}

/**
 * The meaning of a failed run of the CDK, and the next step. The CDK's own message stands above on the terminal.
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

/** The first match counts, so causes stand before their consequences. */
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
      `the CDK's bootstrap is absent or too old, or these credentials may not read it. Run npx cdk bootstrap aws://${account.id}/${account.region}`,
  },
  {
    pattern: /Could not assume role|is not authorized to perform: sts:AssumeRole/,
    next: ({ account }) =>
      `${account.arn} may not use the roles of the CDK's bootstrap. Ask for sts:AssumeRole on arn:aws:iam::${account.id}:role/cdk-*`,
  },
  {
    pattern: /is not authorized to perform: ([\w-]+:\w+)/,
    next: (_, right) => `these credentials, or the CDK's role, lack the permission ${right}. Use a role that has it`,
  },
  {
    pattern: /(?:Unreserved)?ConcurrentExecutions? (?:for account )?below|ReservedConcurrentExecutions/,
    next: () =>
      'the account has less concurrency than bridge.config.ts reserves. Remove or lower concurrency.receive (docs/limits.md), or ask AWS for more',
  },
  {
    pattern: /Cannot update GSI's properties|more than one GSI creation or deletion/,
    next: () =>
      "DynamoDB does not make this change of the table's indexes in one deploy. Nothing is lost, and the earlier version goes on running. docs/deploy.md, When an index of the table changes, has the steps",
  },
  {
    pattern: /\b(\S+) already exists\b/,
    next: (_, name) =>
      `${name} exists already, perhaps from an earlier deploy. docs/deploy.md says which data stays, and how a new deploy takes it over`,
  },
  {
    pattern:
      /(?:certificate|ACM)[^\n]*(?:not found|not valid|invalid|pending|does not|doesn't|UnsupportedCertificate)|UnsupportedCertificate/i,
    next: ({ account }) =>
      `AWS refuses the certificate of the domain. The certificate must be issued (not pending), for exactly this name, and in ${account.region}`,
  },
  {
    pattern: /UPDATE_ROLLBACK_FAILED|ROLLBACK_FAILED|paused fail state/,
    next: ({ stage }) =>
      `the rollback of the stack failed too. Fix the cause that the events name, run npx cdk rollback -c stage=${stage}, then deploy again`,
  },
  {
    pattern: /_IN_PROGRESS state and can ?not be updated|is in \w+_IN_PROGRESS/,
    next: () => 'another deploy of this stage is running. Wait until it ends, then run the same command',
  },
  {
    pattern: /Throttling|Rate exceeded|TooManyRequests/,
    next: () => 'AWS limits the rate of requests. Run the same command in a minute',
  },
  {
    pattern: /LimitExceeded|quota|limit exceeded/i,
    next: () =>
      'the account has reached a limit, which the message above names. Ask for more in Service Quotas, then run the same command',
  },
  {
    pattern: /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN/,
    next: () => 'AWS did not answer. Run the same command again: finished steps are not repeated',
  },
];

const otherwise = ({ stage, account }: Where): string =>
  stage === undefined
    ? 'the message above has the reason'
    : `the message above and the stack's events (CloudFormation, ${account.region}) have the reason. CloudFormation restores the state before, so that the earlier version goes on running. docs/deploy.md says what to do`;
