import { SaxesParser } from 'saxes'
import { KassError } from '../../shared/errors.ts'

export type XmlAttributes = Readonly<Record<string, string>>

/** Names come without their prefix. */
export interface XmlHandlers {
  open?(name: string, attributes: XmlAttributes): void
  close?(name: string): void
  text?(text: string): void
}

const local = (name: string) => name.slice(name.indexOf(':') + 1)

/**
 * A streaming XML reader. Document types are not interpreted: an entity that XML itself does not define is a fault, so
 * none can grow.
 * @throws KassError damaged, from `write` and `end`, when the XML is not well-formed
 */
export function createXml(place: string, handlers: XmlHandlers) {
  const parser = new SaxesParser({ xmlns: false, position: false })
  parser.on('error', (cause) => {
    throw new KassError('damaged', { detail: 'A part of the file is not well-formed XML.', place, cause })
  })
  parser.on('opentag', (tag) => handlers.open?.(local(tag.name), tag.attributes))
  parser.on('closetag', (tag) => handlers.close?.(local(tag.name)))
  parser.on('text', (text) => handlers.text?.(text))
  parser.on('cdata', (text) => handlers.text?.(text))
  return {
    write: (piece: string) => void parser.write(piece),
    end: () => void parser.close(),
  }
}

/** Reads a whole part. */
export async function readXml(place: string, pieces: AsyncIterable<string>, handlers: XmlHandlers): Promise<void> {
  const xml = createXml(place, handlers)
  let any = false
  for await (const piece of pieces) {
    any = true
    xml.write(piece)
  }
  if (any) xml.end()
}
