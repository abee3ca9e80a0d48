/** Takes a data folder and keeps it until it is killed. */
import { lockDataFolder } from '../../start/data-lock.ts'

const lock = lockDataFolder(process.argv[2] ?? '')
lock.note([process.pid], 'http://127.0.0.1:1')
process.send?.('locked')
process.on('disconnect', () => process.exit())
