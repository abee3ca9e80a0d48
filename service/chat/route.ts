import type { Route } from './types.ts'

const greeting =
  /^(?:(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day)|thanks|thx|thank you(?: very much| so much)?|hallo|hi|moin|servus|gr(?:ü|ue)(?:ß|ss) (?:gott|dich)|guten (?:morgen|tag|abend)|danke(?: schön| sehr)?|vielen dank|bonjour|bonsoir|salut|coucou|merci(?: beaucoup)?|hola|buen(?:os|as) (?:d[ií]as|tardes|noches)|gracias|muchas gracias|ciao|ol[aá])(?!\p{L})(?:,? (?:there|all|everyone|everybody|kass|team|zusammen|à tous|a todos))?[\s,.!]*)+/iu
const help = [
  /^(?:help|help me|hilfe|aide|ayuda|info)$/i,
  /^(?:please )?what (?:can|could|do|will) you (?:do|help|know|answer|offer)(?:(?: me)? with| for me| about| here)*$/i,
  /^(?:how|what) can (?:you|kass) (?:help|assist|do|support)(?: me| us)?(?: with)?(?: for (?:me|us))?(?: today)?$/i,
  /^(?:who|what) are you$/i,
  /^how (?:do|can|should) (?:you|i|we) (?:work|use (?:you|this|kass))$/i,
  /^how does (?:this|it|kass) work$/i,
  /^what (?:can|should|could) (?:i|we) ask(?: you)?(?: here)?$/i,
  /^(?:what|which) (?:documents|files|data|sources)(?: and (?:documents|files|data))? (?:do you|have you|are|can you)(?: \p{L}+){0,4}$/iu,
  /^what(?:'s| is) (?:in|inside) (?:here|the (?:base|knowledge base|documents?|index))$/i,
  /^was (?:kannst du|k(?:ö|oe)nnen sie)(?: alles)?(?: (?:für mich|fuer mich))? ?(?:tun|machen|alles)?$/iu,
  /^(?:wobei|womit|wie) (?:kannst du|k(?:ö|oe)nnen sie) (?:mir|uns) (?:helfen|weiterhelfen)$/iu,
  /^(?:wer bist du|wer sind sie|wie funktioniert (?:das|es)|welche dokumente (?:gibt es|hast du|kennst du))$/i,
  /^(?:que|qu'est-ce que|quoi) (?:peux-tu|pouvez-vous|tu peux|vous pouvez) (?:faire|m'aider)(?: pour moi)?$/iu,
  /^(?:comment|en quoi) (?:peux-tu|pouvez-vous) m'aider$/iu,
  /^(?:qui es-tu|qui êtes-vous|comment ça marche|quels documents as-tu)$/iu,
  /^qu[eé] (?:puedes|sabes) hacer(?: por m[ií])?$/iu,
  /^(?:c[oó]mo|en qu[eé]) (?:me )?puedes? ayudar(?:me)?$/iu,
  /^(?:qui[eé]n eres|c[oó]mo funciona(?: esto)?|qu[eé] documentos (?:tienes|hay))$/iu,
]
const counting =
  /\b(?:how (?:many|much)|number of|count(?: of| the)?|totals?|sum(?: of| up)?|average|mean|median|max(?:imum)?|min(?:imum)?|most|least|highest|lowest|largest|smallest|biggest|top \d+|wie ?viele?|anzahl|summe|gesamt\p{L}*|durchschnitt\p{L}*|insgesamt|höchste[nrs]?|niedrigste[nrs]?|größte[nrs]?|combien|nombre de|somme|total[e]?|moyenne|maximum|cu[aá]nt[oa]s|n[uú]mero de|suma|promedio|m[aá]xim[oa]|m[ií]nim[oa])\b/iu

/** What a message wants, by its wording alone. Whether an aggregate is asked of a table shows in what is found. */
export function routeOf(message: string): Route {
  const plain = message.replace(/[’`´]/g, "'").replace(/\s+/g, ' ').trim()
  const rest = plain
    .replace(/^[¡¿"'(\s]+/, '')
    .replace(greeting, '')
    .replace(/^[\s\p{P}\p{S}]+|[\s\p{P}\p{S}]+$/gu, '')
  if (rest === '') return /[\p{L}\p{N}]/u.test(plain) ? 'greeting' : 'help'
  if (help.some((pattern) => pattern.test(rest))) return 'help'
  return counting.test(plain) ? 'aggregate' : 'documents'
}
