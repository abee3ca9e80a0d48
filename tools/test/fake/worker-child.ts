/** Stands in for the worker. */
process.on('SIGTERM', () => process.exit(0))
process.on('disconnect', () => process.exit(0))
process.send?.({ type: 'consuming' })
