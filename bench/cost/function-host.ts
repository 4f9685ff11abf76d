// One function in a process of its own, like on Lambda: `node bench/cost/function-host.ts receive`. The parent sends
// events.
const name = process.argv[2] ?? '';
let written: string[] = [];
for (const stream of [process.stdout, process.stderr]) {
  // CloudWatch would get all that a function writes; the parent counts it.
  stream.write = ((chunk: string | Uint8Array) => written.push(String(chunk)) > 0) as typeof stream.write;
}

const { handler } = await import(`../../functions/${name}.ts`);

process.on('message', async (event: unknown) => {
  written = [];
  const started = performance.now();
  const cpu = process.cpuUsage();
  try {
    const answer = await handler(event);
    const { user, system } = process.cpuUsage(cpu);
    const times = { ms: performance.now() - started, cpuMs: (user + system) / 1000 };
    process.send?.({ kind: 'answered', answer, ...times, log: written.join('') });
  } catch (error) {
    process.send?.({
      kind: 'failed',
      error: error instanceof Error ? error.stack : String(error),
      log: written.join(''),
    });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'ready' });
