// A short version of Lambda's runtime client, for tests of a function's rights and not of its runtime. It loads the
// handler in its folder and asks the Runtime API for events. Its DNS finds no name, so nothing leaves this machine.
import dns from 'node:dns';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API, AWS_LAMBDA_FUNCTION_NAME, LAMBDA_TASK_ROOT, _HANDLER } = process.env;

const { lookup } = dns;
const literalsAlone = (name: string, ...rest: unknown[]) => {
  if (/^[\d.]+$|:/.test(name)) return Reflect.apply(lookup, dns, [name, ...rest]);
  const callback = rest.at(-1) as (error: Error) => void; // the last argument of every overload
  callback(Object.assign(new Error(`ENOTFOUND ${name}`), { code: 'ENOTFOUND' }));
};
dns.lookup = literalsAlone as typeof dns.lookup; // the overloads differ only in the arguments between

const base = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const post = (path: string, value: unknown) =>
  fetch(`${base}/${path}`, { method: 'POST', body: JSON.stringify(value ?? null) });

const [file = '', name = ''] = String(_HANDLER).split('.');
const asset = await import(pathToFileURL(join(String(LAMBDA_TASK_ROOT), `${file}.mjs`)).href).catch(async (error) => {
  await post('init/error', { errorMessage: String(error) });
  throw error;
});
for (;;) {
  const next = await fetch(`${base}/invocation/next`);
  const awsRequestId = next.headers.get('lambda-runtime-aws-request-id');
  try {
    const context = { awsRequestId, functionName: AWS_LAMBDA_FUNCTION_NAME, getRemainingTimeInMillis: () => 10_000 };
    await post(`invocation/${awsRequestId}/response`, await asset[name](await next.json(), context));
  } catch (error) {
    console.error(error);
    await post(`invocation/${awsRequestId}/error`, { errorMessage: String(error) });
  }
}
