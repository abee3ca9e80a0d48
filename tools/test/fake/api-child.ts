/** Stands in for the API: says that it listens, on the port it is given, and counts how often it is told to end. */
let told = 0
const url = `http://127.0.0.1:${process.env.PORT === '0' ? 4321 : process.env.PORT}`
process.on('SIGTERM', () => {
  told++
  // Whoever is told twice ends at once and badly, as the real one does.
  if (told > 1) process.exit(1)
  setTimeout(() => process.exit(0), 50)
})
process.on('disconnect', () => process.exit(0))
process.stdout.write(`{"api":"${url}"}\n`)
process.send?.({ type: 'listening', url })
