/** Stops cleanly on SIGTERM or SIGINT, and when the process that started this one is gone: no server is left behind. */
export const endWithParent = (stop: () => Promise<unknown>) => {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    // Whatever hangs, the process ends: its messages come back when their visibility does.
    setTimeout(() => process.exit(1), 5000).unref();
    await stop();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (process.send) process.on('disconnect', end);
};
