import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type DiagnosticCheck, type Finding, ok, problem, warning } from '../../ports/diagnosis.ts'
import { migrations } from './migrations.ts'

const restore = 'Stop KASS and restore the folder from a backup (kass restore).'

async function isDatabaseThere(folder: string): Promise<boolean> {
  return access(join(folder, 'kass.db')).then(
    () => true,
    () => false,
  )
}

/** Opening the database makes it where there is none, and upgrades one of an older release, which may be running. */
export async function whyDatabaseStaysClosed(folder: string): Promise<string | undefined> {
  if (!(await isDatabaseThere(folder))) return 'there is no data'
  try {
    const db = new DatabaseSync(join(folder, 'kass.db'), { readOnly: true, timeout: 2_000 })
    try {
      const found = Number(db.prepare('PRAGMA user_version').get()?.user_version)
      return found === migrations.length ? undefined : 'its database is not of this release'
    } finally {
      db.close()
    }
  } catch {
    return 'its database cannot be read'
  }
}

/** The embedded mode's database: there, whole, and of this release. It is opened for reading only. */
export function databaseCheck(folder: string): DiagnosticCheck {
  const file = join(folder, 'kass.db')
  return {
    name: 'database',
    async run() {
      if (!(await isDatabaseThere(folder))) {
        return [
          problem(`there is no data in ${folder}`, 'Start KASS once (npm start), or set KASS_DATA to its folder.'),
        ]
      }
      try {
        return inspect(file)
      } catch (error) {
        return [problem(`${file} cannot be read (${error instanceof Error ? error.message : error})`, restore)]
      }
    },
  }
}

function inspect(file: string): Finding[] {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 2_000 })
  try {
    const found = Number(db.prepare('PRAGMA user_version').get()?.user_version)
    const fault = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0]
    const state =
      found > migrations.length
        ? problem(
            `${file} has schema version ${found}, this release knows ${migrations.length}`,
            'Run the release that wrote it, or a newer one.',
          )
        : found < migrations.length
          ? warning(`${file} has schema version ${found}`, 'The next start upgrades it: make a backup before.')
          : ok(`${file} has schema version ${found}`)
    return [state, fault === 'ok' ? ok(`${file} is whole`) : problem(`${file} is damaged: ${fault}`, restore)]
  } finally {
    db.close()
  }
}

/** Dead letters are kept as a note only; older ones than that are of no use to anybody. */
const recentMs = 14 * 24 * 60 * 60_000

/** Messages that no handler brought to an end. */
export function deadJobsCheck(folder: string, clock: () => number = Date.now): DiagnosticCheck {
  return {
    name: 'dead letters',
    async run() {
      if (!(await isDatabaseThere(folder))) return []
      const db = new DatabaseSync(join(folder, 'kass.db'), { readOnly: true, timeout: 2_000 })
      try {
        const recent = 'FROM dead_jobs WHERE at >= ?'
        const since = clock() - recentMs
        const count = Number(db.prepare(`SELECT count(*) AS jobs ${recent}`).get(since)?.jobs)
        if (count === 0) return [ok('no dead letters are waiting')]
        const newest = db.prepare(`SELECT body, reason ${recent} ORDER BY seq DESC LIMIT 1`).get(since)
        return [
          warning(
            `${count} dead letters are waiting; the newest, ${newest?.body}: ${newest?.reason}`,
            'Mend what it names; then kass compare has the documents looked at again.',
          ),
        ]
      } finally {
        db.close()
      }
    },
  }
}
