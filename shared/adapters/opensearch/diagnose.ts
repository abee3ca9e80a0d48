import { errors } from '@opensearch-project/opensearch'
import { isKassError } from '../../errors.ts'
import { type DiagnosticCheck, type Finding, ok, problem, warning } from '../../ports/diagnosis.ts'
import { isObject, type JsonObject, objectIn } from './answers.ts'
import type { OpenSearchOptions } from './options.ts'
import { createRequests } from './requests.ts'
import { vectorField } from './vectors.ts'

/** The index: reached, permitted, made for this language, and with a field for the configured embedder's vectors. */
export function indexCheck(options: OpenSearchOptions): DiagnosticCheck {
  return {
    name: 'index',
    async run(signal) {
      const requests = createRequests(options)
      const path = `/${encodeURIComponent(options.index)}/_mapping`
      try {
        const { status, body } = await requests.send({ method: 'GET', path, accept: [404], signal, hasty: true })
        if (status === 404) return [noIndex(options)]
        const mappings = objectIn(objectIn(Object.values(body)[0], 'index').mappings, 'mappings')
        return [language(options, mappings), ...vectors(options, mappings)]
      } catch (error) {
        return [unreachable(options, error)]
      } finally {
        await requests.close()
      }
    },
  }
}

function noIndex({ index }: OpenSearchOptions): Finding {
  return problem(
    `the index ${index} does not exist`,
    'Make it (node tools/provision.ts; the worker makes it with the first document), or set OPENSEARCH_INDEX.',
  )
}

function language({ index, language: wanted }: OpenSearchOptions, { _meta }: JsonObject): Finding {
  const analyzer = isObject(_meta) ? _meta.analyzer : undefined
  const [made] = typeof analyzer === 'string' ? analyzer.split('/') : []
  if (made === wanted) return ok(`the index ${index} is there, for SEARCH_LANGUAGE=${wanted}`)
  return problem(
    `the index ${index} was made for SEARCH_LANGUAGE=${made ?? 'unknown'}, which is set to ${wanted}`,
    'Set SEARCH_LANGUAGE back, or set OPENSEARCH_INDEX to a new name and run kass compare.',
  )
}

function vectors({ index, dimensions, space }: OpenSearchOptions, { properties }: JsonObject): Finding[] {
  const fields = Object.entries(isObject(properties) ? properties : {}).flatMap(([name, field]) =>
    name.startsWith('vector_') && isObject(field) ? [{ name, field }] : [],
  )
  const there = fields.flatMap(({ field }) => (typeof field.dimension === 'number' ? [field.dimension] : []))
  return dimensions.map((wanted) => {
    const found = fields.find(({ name }) => name === vectorField(wanted))?.field
    if (!found) {
      const others = there.length > 0 ? `vectors of ${there.join(', ')} dimensions` : 'no vectors'
      return problem(
        `the index ${index} has ${others}, the embedder makes ${wanted}`,
        'Set the dimensions of the embedder back, or make the field (node tools/provision.ts) and have all documents redone (kass compare).',
      )
    }
    if (found.type !== 'knn_vector' || found.dimension !== wanted) {
      return problem(
        `the field ${vectorField(wanted)} of the index ${index} is a ${found.type} of ${found.dimension} dimensions`,
        'Something else made this index: set OPENSEARCH_INDEX to a new name and run kass compare.',
      )
    }
    const method = isObject(found.method) ? found.method : {}
    if (typeof method.space_type === 'string' && method.space_type !== space) {
      return warning(
        `the index ${index} compares vectors by ${method.space_type}, OPENSEARCH_SPACE is ${space}`,
        `Set OPENSEARCH_SPACE=${method.space_type}: scores are read by it.`,
      )
    }
    return ok(`the index ${index} takes vectors of ${wanted} dimensions`)
  })
}

function unreachable({ url, auth, index }: OpenSearchOptions, error: unknown): Finding {
  const cause = isKassError(error) ? error.cause : error
  if (cause instanceof errors.ResponseError && (cause.statusCode === 401 || cause.statusCode === 403)) {
    return problem(
      `OpenSearch refuses us (${cause.statusCode}) on the index ${index}`,
      auth === 'basic'
        ? 'Check OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD, and what that user may do.'
        : 'Allow the index to the role that runs this, in the domain or data access policy; check OPENSEARCH_AUTH.',
    )
  }
  return problem(
    `OpenSearch at ${url} cannot be asked (${cause instanceof Error ? cause.message : String(cause)})`,
    'Check OPENSEARCH_URL, and the way there (DNS, security groups); is the domain or node up?',
  )
}
