import type { SearchLanguage } from '../../text/stop-words.ts'

const list = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** Words that only ask, and would be missed in every answer. */
export const asking = list(`
  get gets got give gives show find list explain describe know want need say says said does long often far old big large heavy high tall deep wide
  much many happen happens happened mean means make makes take takes may might must can could shall should would will allowed exactly currently per details information question
  document documents according mention mentioned there look looking like apply applies
  wann wen wem wieso weshalb womit wofür wodurch worauf woran worin wohin woher viele vielen viel lange oft bekommen bekommt bekomme gibt gib zeige zeig finde nenne erkläre steht heißt wissen möchte brauche brauchen braucht hoch lang groß darf dürfen
  combien quand donne montre trouve explique dit signifie longtemps souvent obtient reçoit
  cuánto cuántos cuánta cuántas dame muestra encuentra explica dice significa recibe reciben
  quando dove quanti quanta quante mostra trova spiega significa riceve
  quantos quantas mostre encontre explique recebe
  hoeveel hoelang lang vaak krijg krijgt geef toon zoek betekent`)

/**
 * Words of a question that an answer may do without: verbs that tables leave to their headers, what stands for a
 * comparison, and the company and its people, whom every document speaks to.
 */
export const loose = list(`
  cost costs costing run runs go goes went gone sell sells sold buy bought receive receives entitled required needed permitted
  possible valid open due available responsible usually normally generally approximately exact total maximum minimum max min
  company employee employees staff colleague colleagues policy policies rule rules number name date kind type
  command way step steps place thing things person people reason length
  longest shortest oldest newest latest earliest youngest cheapest expensive fastest slowest highest lowest largest smallest biggest best worst
  befehl weg schritt schritte ort ding dinge person personen leute grund länge
  kostet kosten firma unternehmen mitarbeiter mitarbeiterin mitarbeitende nummer name datum regel regeln maximal mindestens höchstens insgesamt anzahl
  coûte coûtent entreprise société employé employés salarié salariés numéro nom règle maximum minimum
  cuesta cuestan empresa empleado empleados número nombre fecha regla máximo mínimo
  costa costano azienda dipendente dipendenti numero nome data massimo minimo
  custa custam funcionário funcionários preço
  kost kosten bedrijf medewerker medewerkers nummer naam datum regel`)

/** What says the same of an amount of money, verb or noun. */
export const sameAs: Readonly<Record<string, readonly string[]>> = {
  price: ['cost', 'costs'],
  prices: ['cost', 'costs'],
  preis: ['kostet', 'kosten'],
  preise: ['kostet', 'kosten'],
  prix: ['coûte', 'coûtent', 'coût'],
  precio: ['cuesta', 'cuestan', 'coste'],
  prezzo: ['costa', 'costano', 'costo'],
  preço: ['custa', 'custam', 'custo'],
  prijs: ['kost', 'kosten'],
}

/** A verb comes right behind them: "Who approves the …?", "Quand commence la …?". */
export const beforeVerb = list(`
  who when where wer wann wo qui quand où comment quién quien cuándo cuando dónde donde cómo chi quando dove come quem onde wie wanneer waar`)
/** A noun and then the verb come behind them: "Which order went to …?". */
export const beforeNoun = list(
  'which what welche welcher welches welchem welchen quel quelle quels quelles qué que cuál quale quali qual quais welk welke',
)
/** What these words ask for an answer gives without naming it: "On which day …?" – "On Tuesday". */
export const categories = list(`
  day weekday date month year week time hour city town country place region colour color language
  tag tagen wochentag monat monaten jahr jahren woche zeit uhrzeit stadt land ort farbe sprache
  jour mois année semaine heure ville pays día mes año semana hora ciudad país
  giorno mese anno settimana ora città paese dia mês ano semana hora cidade dag maand jaar week tijd stad land`)
/** In English the subject comes behind them and then the verb. */
export const auxiliaries = list('do does did can could may might must shall should will would')
export const forms = list('is are was were be been being')
export const pronouns = list('i you we they he she it one')
/** A noun begins behind them. */
export const beforeNouns = list(`
  the a an this that these those my our your their its his her of for in on at to from with by per about between under over without during within after before
  le la les un une des du de au aux pour dans en sur avec par el los las una unos unas del al para con por il lo gli i uno della dello dei di da o os as um uma do da
  de het een voor van met op`)

/** What a verb or a participle at the end of a question looks like. */
export const participles: Partial<Record<SearchLanguage, RegExp>> = {
  english: /(?:ed|en)$|^(?:held|sold|paid|sent|kept|made|done|built|found|left|met|read|set|put|cut|run|come|gone)$/,
  french: /(?:é|ée|és|ées)$/,
  spanish: /(?:ado|ada|ido|ida)s?$/,
  portuguese: /(?:ado|ada|ido|ida)s?$/,
  italian: /(?:at|ut|it)[oaie]$/,
  dutch: /(?:en|t|d)$/,
}
