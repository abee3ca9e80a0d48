import {
  type ActiveItem,
  type DocumentRecord,
  type DocumentStatus,
  documentStatuses,
} from '../../documents/document.ts'
import { documentId } from '../../documents/identity.ts'
import { activeItem } from '../../documents/transitions.ts'
import type { RecordBackend } from '../record-store.ts'
import type { Database } from './database.ts'
import { listRecords } from './record-list.ts'
import { number, optionalNumber, optionalText, strings, text } from './rows.ts'

const sql = {
  load: 'SELECT record FROM records WHERE tenant = ? AND id = ?',
  found: 'SELECT seq, rev, status, groups, due_at, claimed FROM records WHERE tenant = ? AND id = ?',
  insert: `INSERT INTO records (tenant, id, path, status, groups, due_at, claimed, rev, record)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  update: 'UPDATE records SET rev = ?, record = ? WHERE seq = ?',
  updateListed: 'UPDATE records SET status = ?, groups = ? WHERE seq = ?',
  updateDue: 'UPDATE records SET due_at = ? WHERE seq = ?',
  updateClaimed: 'UPDATE records SET claimed = ? WHERE seq = ?',
  activate: `INSERT INTO active (tenant, id, attempt, groups, incarnation, deleted) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET attempt = excluded.attempt, groups = excluded.groups,
               incarnation = excluded.incarnation, deleted = excluded.deleted
             WHERE attempt IS NOT excluded.attempt OR groups <> excluded.groups
               OR incarnation <> excluded.incarnation OR deleted <> excluded.deleted`,
  bump: 'INSERT INTO epochs (tenant, epoch) VALUES (?, 1) ON CONFLICT DO UPDATE SET epoch = epoch + 1',
  // Joined, not `IN (…)`: nearly twice as fast.
  active: `SELECT active.id, attempt, groups, incarnation, deleted FROM json_each(?1) AS wanted
           CROSS JOIN active ON active.tenant = ?2 AND active.id = wanted.value`,
  counts: 'SELECT status, count(*) AS documents FROM records WHERE tenant = ? GROUP BY status',
  epoch: 'SELECT epoch FROM epochs WHERE tenant = ?',
  due: 'SELECT record FROM records WHERE due_at <= ? ORDER BY due_at, seq LIMIT ?',
  all: 'SELECT seq, record FROM records WHERE seq > ? ORDER BY seq LIMIT 200',
  putProgress: `INSERT INTO progress (tenant, id, progress) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET progress = excluded.progress`,
  progress: 'SELECT progress FROM progress WHERE tenant = ? AND id = ?',
  lease: `INSERT INTO leases (name, holder, until) VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until
          WHERE holder = excluded.holder OR until <= ?`,
}

/** The documents' records in SQLite. Every call is one short, synchronous step. */
export function createSqliteRecords(db: Database): RecordBackend {
  /** Indexes are written only where something changed: most writes touch the record alone. */
  function write(record: DocumentRecord, expected: number): boolean {
    const { tenant, id } = record
    const groups = JSON.stringify(record.groups)
    const dueAt = record.dueAt ?? null
    const claimed = record.claim ? 1 : 0
    const json = JSON.stringify(record)
    const found = db.sql(sql.found).get(tenant, id)
    if (optionalNumber(found?.rev) !== (expected === 0 ? undefined : expected)) return false
    if (!found) {
      const { path, status, rev } = record
      db.sql(sql.insert).run(tenant, id, path, status, groups, dueAt, claimed, rev, json)
      return true
    }
    const seq = number(found.seq)
    db.sql(sql.update).run(record.rev, json, seq)
    if (found.status !== record.status || found.groups !== groups)
      db.sql(sql.updateListed).run(record.status, groups, seq)
    if (found.due_at !== dueAt) db.sql(sql.updateDue).run(dueAt, seq)
    if (found.claimed !== claimed) db.sql(sql.updateClaimed).run(claimed, seq)
    return true
  }

  return {
    async load(tenant, id) {
      const row = db.sql(sql.load).get(tenant, id)
      return row && parsed(row.record)
    },
    async save(record, expected, { bumpEpoch }) {
      return db.transaction(() => {
        if (!write(record, expected)) return false
        const { attempt, groups, incarnation, deleted } = activeItem(record)
        const { tenant, id } = record
        db.sql(sql.activate).run(tenant, id, attempt ?? null, JSON.stringify(groups), incarnation, deleted ? 1 : 0)
        if (bumpEpoch) db.sql(sql.bump).run(tenant)
        return true
      })
    },
    async active(tenant, ids) {
      const items = new Map<string, ActiveItem>()
      for (const row of db.sql(sql.active).all(JSON.stringify(ids), tenant)) {
        const id = text(row.id)
        items.set(id, {
          id,
          attempt: optionalText(row.attempt),
          groups: strings(row.groups),
          incarnation: number(row.incarnation),
          deleted: row.deleted === 1,
        })
      }
      return items
    },
    list: (tenant, options) => listRecords(db, tenant, options),
    async counts(tenant) {
      const counts: Partial<Record<DocumentStatus, number>> = {}
      for (const row of db.sql(sql.counts).all(tenant)) {
        const status = documentStatuses.find((known) => known === row.status)
        if (status) counts[status] = number(row.documents)
      }
      return counts
    },
    async epoch(tenant) {
      return optionalNumber(db.sql(sql.epoch).get(tenant)?.epoch) ?? 0
    },
    async due(now, limit) {
      return db
        .sql(sql.due)
        .all(now, limit)
        .map((row) => parsed(row.record))
    },
    async *all() {
      let after = 0
      while (true) {
        const rows = db.sql(sql.all).all(after)
        for (const row of rows) yield parsed(row.record)
        const last = rows.at(-1)
        if (!last) return
        after = number(last.seq)
      }
    },
    async putProgress(ref, progress) {
      db.sql(sql.putProgress).run(ref.tenant, documentId(ref), JSON.stringify(progress))
    },
    async progress(ref) {
      const row = db.sql(sql.progress).get(ref.tenant, documentId(ref))
      return row && JSON.parse(text(row.progress))
    },
    async lease(name, holder, until, now) {
      return db.sql(sql.lease).run(name, holder, until, now).changes === 1
    },
  }
}

function parsed(json: Parameters<typeof text>[0]): DocumentRecord {
  return JSON.parse(text(json))
}
