import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type DiagnosticCheck, ok, problem, warning } from '../../ports/diagnosis.ts'
import { number, text } from '../sqlite/rows.ts'

const vectorsByEmbedder = `
  SELECT embedder, documents, (
    SELECT length(vector) FROM chunks JOIN vectors USING (seq) WHERE chunks.attempt = first LIMIT 1
  ) AS bytes
  FROM (
    SELECT embedder, count(*) AS documents, min(id) AS first FROM attempts WHERE embedder <> 'none' GROUP BY embedder
  )`

/**
 * Whether the vectors in the file are those of the configured embedder.
 * @param dimensions that the configuration names; undefined where it leaves them to the model, or has no embedder
 */
export function indexFileCheck(file: string, dimensions: number | undefined): DiagnosticCheck {
  return {
    name: 'index',
    async run() {
      if (!existsSync(file))
        return [warning(`there is no ${file}`, 'The next start makes it from nothing: kass compare.')]
      const db = new DatabaseSync(file, { readOnly: true, timeout: 2_000 })
      try {
        const made = db.prepare(vectorsByEmbedder).all()
        const others = made.filter((row) => row.bytes !== null && number(row.bytes) / 4 !== dimensions)
        if (dimensions === undefined || made.length === 0) return [ok(`${file} can be read`)]
        if (others.length === 0) return [ok(`the vectors in ${file} have ${dimensions} dimensions`)]
        return others.map((row) =>
          problem(
            `${number(row.documents)} documents have vectors of ${number(row.bytes) / 4} dimensions (${text(row.embedder)}), the embedder is set to ${dimensions}`,
            'The comparison has them redone one by one: kass compare. If that is not wanted, set the dimensions back.',
          ),
        )
      } finally {
        db.close()
      }
    },
  }
}
