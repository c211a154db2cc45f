// Preloaded into every supervised process: when the supervisor is gone, however it ended, nothing is left running.
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel.unref()
}
