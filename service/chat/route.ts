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
/** Not after "serial" or "order", and not before "the invoice": there a number is a name. */
const numberOf =
  '(?<=^|(?<!\\p{L})(?:the|a|total|exact|what|which|and|is|by) )number of(?! (?:the|this|that|our|my|your) )|n[uú]mero (?:total )?de \\p{L}+s|numero (?:totale )?di (?:\\p{L}+[ie])(?<!di (?:serie|ordine|articolo|cliente))'
const counts = [
  `how (?:many|much)|${numberOf}|count(?: of| the)?|totals?|sum(?: of| up)?|average|the mean|mean (?:of|value)|median`,
  'wie ?viele?n?|anzahl|summe|gesamt\\p{L}*|durchschnitt\\p{L}*|insgesamt',
  'combien|nombre de|somme|total[e]?|moyenne|cu[aá]nt[oa]s|suma|promedio|quant[ei]|quant[oa]s|somma|soma|m[eé]dia|hoeveel|aantal|gemiddelde?|totaal|som',
]
/** What is first or last of all shows only when all are compared. "At most" and "at the latest" are limits, not comparisons. */
const superlatives = [
  'max(?:imum)?|min(?:imum)?|(?<!at )(?:most|least)|fewest|highest|lowest|largest|smallest|biggest|longest|shortest|oldest|newest|youngest|earliest|(?<!at the )latest|cheapest|fastest|slowest|heaviest|lightest|tallest|widest|deepest|thickest|thinnest|strongest|weakest|nearest|furthest|farthest|best|worst|top \\d+',
  '(?:höchst|niedrigst|tiefst|größt|groesst|kleinst|längst|laengst|kürzest|kuerzest|ältest|aeltest|neuest|neust|jüngst|juengst|frühest|fruehest|spätest|spaetest|billigst|günstigst|guenstigst|preiswertest|teuerst|schnellst|langsamst|schwerst|leichtest|breitest|dicksten?|stärkst|schwächst|best|schlechtest|meist|wenigst)e[nrsm]?',
  '(?:les?|la|une?|des?) (?:\\p{L}+ )?(?:plus|moins) (?:longu?e?s?|court|vieux|vieille|ancien|récent|nouveau|nouvelle|jeune|tôt|tard|cher|chère|grand|petit|gros|élevé|haut|bas|rapide|lent|lourd|léger|large|nombreux)\\p{L}*|meilleure?s?|maximum|minimum',
  '(?:m[aá]s|menos) (?:larg|cort|antigu|viej|nuev|recient|temprano|tard|barat|car|alt|baj|grand|pequeñ|rápid|lent|pesad|liger|joven|jóvenes)\\p{L}*|mayor(?:es)?|menor(?:es)?|mejor(?:es)?|peor(?:es)?|m[aá]xim[oa]s?|m[ií]nim[oa]s?',
  '(?:più|meno) (?:lung|cort|brev|vecchi|antic|nuov|recent|prest|tard|economic|car|costos|alt|bass|grand|piccol|rapid|veloc|lent|pesant|legger|giovan)\\p{L}*|maggior[ei]?|minor[ei]?|miglior[ei]?|peggior[ei]?|massim[oaie]|minim[oaie]',
  '(?:mais|menos) (?:long|curt|antig|velh|nov|recent|cedo|tard|barat|car|alt|baix|grand|pequen|rápid|lent|pesad|lev|jov)\\p{L}*|maior(?:es)?|melhor(?:es)?|pior(?:es)?',
  '(?:langst|kortst|oudst|nieuwst|jongst|vroegst|laatst|goedkoopst|duurst|hoogst|laagst|grootst|kleinst|snelst|langzaamst|zwaarst|lichtst|breedst|best|slechtst|meest|minst)e',
]
// Letters with marks are no word characters to \b.
const counting = new RegExp(`(?<!\\p{L})(?:${[...counts, ...superlatives].join('|')})(?!\\p{L})`, 'iu')

const thanks = /(?<!\p{L})(?:thanks|thx|thank you|danke|vielen dank|merci|gracias)(?!\p{L})/iu

/** Whether a greeting is thanks. */
export const isThanks = (greeting: string): boolean => thanks.test(greeting)

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
