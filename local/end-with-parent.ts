/** Stops cleanly on SIGTERM or SIGINT, and when the parent process has ended, so that no server is left behind. */
export const endWithParent = (stop: () => Promise<unknown>) => {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    // The process ends even if something hangs: its messages come back when their leases end.
    setTimeout(() => process.exit(1), 5000).unref();
    await stop();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (process.send) process.on('disconnect', end);
};
