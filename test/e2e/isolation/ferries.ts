import type { Answer } from '../server.ts'
import type { Caller, World } from './callers.ts'

/** A caller of the world by name. */
export function named(world: World, name: string): Caller {
  const found = world.callers.find((caller) => caller.name === name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

/** Everything that an answer says. */
export const said = ({ headers, body }: Answer): string => JSON.stringify([body, [...headers]])

/** Uploads a document that is about one topic and has one word. */
export async function put(caller: Caller, path: string, word: string, groups?: string): Promise<string> {
  const text = `# Ferry\n\nThe secret name of the ferry ${path} is ${word}.\n`
  const { status, body } = await caller.server.upload(path, text, groups === undefined ? {} : { groups })
  if (status !== 202) throw new Error(`${path} was answered with ${status}: ${JSON.stringify(body)}`)
  return body.id
}

/** The question that such a document answers. */
export const askFor = (path: string) => ({ message: `What is the secret name of the ferry ${path}?` })
