import type { Config } from '../../shared/config.ts'

/** Where documents and state are kept, for people. */
export function dataOf(config: Config): string {
  if (config.STORAGE === 'embedded') return config.KASS_DATA
  return `AWS ${config.AWS_REGION}: bucket ${config.DOCUMENTS_BUCKET}, index ${config.OPENSEARCH_INDEX}`
}
