import type { Source } from '../../../ports/chat-model.ts'

const text = (title: string, section: string[], body: string): Omit<Source, 'number'> => ({
  title,
  path: `${title}.md`,
  section,
  locator: 'lines 1-9',
  kind: 'text',
  text: body,
})
const rows = (title: string, body: string): Omit<Source, 'number'> => ({
  ...text(title, [], body),
  path: `${title}.csv`,
  kind: 'rows',
})

/** Passages that speak of things of one kind: suppliers, rooms, gates, versions. */
const passages = [
  rows(
    'Suppliers',
    `Supplier | City | Article | Lead time (days) | Contract until
Westwind Castings | Galway | bronze housing | 63 | 2026-06-30
Alpenguss | Innsbruck | forged shaft | 28 | 2025-04-30
Supplier 7 | Porto | gear pump | 12 | 2025-01-31
Supplier 8 | Turku | ball valve | 19 | 2025-02-28`,
  ),
  rows(
    'Orders',
    `order | city | article | quantity | amount | status
NH-19997 | Porto | gear pump | 25 | 310.00 | open
NH-19998 | Turku | sealing kit | 44 | 92.10 | delivered
NH-90057 | Reykjavik | cryogenic pump | 3 | 18450.00 | returned`,
  ),
  rows(
    'Prices',
    `Article number | Description | Price | Currency
P-1088X | explosion-proof dosing pump | 4312.50 | EUR
P-1089 | filter housing size 89 | 120.00 | EUR`,
  ),
  text(
    'Operations handbook',
    ['Operations handbook', 'Meeting rooms'],
    'Rooms are booked in the calendar.\n\n- Kattegat holds 24 people\n- Skagen holds 8 people\n- Fehmarn holds 4 people',
  ),
  text(
    'Operations handbook',
    ['Operations handbook', 'Incidents', 'Severity levels'],
    '| Level | Meaning | Response time |\n|---|---|---|\n| S1 | production stands still | 15 minutes |\n| S2 | a line is slowed down | 2 hours |',
  ),
  text(
    'Employee handbook',
    ['Employee handbook', 'Laptops and phones'],
    'A laptop is replaced after 42 months, or earlier when its repair would cost more than 300 euros. Unused valves in their sealed packaging can be returned within 45 days of delivery.',
  ),
  text(
    'Travel guide',
    ['Travel guide', 'Daily allowances'],
    'Country | Full day | Half day\nNorway | 75 euros | 50 euros\nPortugal | 32 euros | 21 euros',
  ),
  text(
    'Travel guide',
    ['Travel guide', 'Rental cars'],
    'Rental cars are booked with the tariff code NHC-8821 and winter tyres from October on. Hotels are booked by the service desk.',
  ),
  text(
    'Site rules',
    ['Site rules'],
    'Deliveries for gate 4 arrive before 10:00. Deliveries for gate 9 arrive after 14:00.\n\nVersion 2.1 of the firmware fixes the fan fault. Version 2.3 of the firmware adds Modbus.\n\nThe harbour crane number 4 was commissioned in 1962 and lifts 44 tonnes at full reach.',
  ),
  text(
    'Agreement',
    ['Service agreement between Acme and Borealis'],
    'The agreement starts on 1 March 2025 and runs for 24 months. The monthly fee is EUR 4,500.00 excl. VAT. Dr. Smith signs invoices above EUR 10,000.',
  ),
  text(
    'Arbeitsordnung',
    ['Arbeitsordnung', 'Urlaub und Arbeitszeit'],
    'Jeder Mitarbeiter hat Anspruch auf 30 Urlaubstage im Jahr. Die Kernarbeitszeit dauert von 9:30 bis 15:00 Uhr. Überstunden werden mit einem Zuschlag von 25 % vergütet.\n\nDie Kündigungsfrist beträgt in der Probezeit zwei Wochen. Nach der Probezeit beträgt sie drei Monate zum Quartalsende. Homeoffice ist an höchstens drei Tagen pro Woche möglich.',
  ),
  text(
    'Termine',
    ['Termine'],
    'Die Inventur beginnt am 3. Januar 2026 um 7 Uhr. Die Betriebsversammlung findet am 12. Mai statt.\n\nHerr Prof. Dr. h.c. Weber leitet die Abteilung Forschung. Anlieferungen an Tor 4 sind vor 10 Uhr möglich.',
  ),
  rows(
    'Preisliste',
    `Artikel | Preis | Rabatt | Gültig ab
Hängematte | 49,90 | 5,5 % | 01.02.2025
Gartenstuhl Malmö | 1.249,00 | 10 % | 15.03.2025`,
  ),
  rows(
    'Mitarbeiter',
    `Personalnummer | Nachname | Vorname | Standort | Schuhgröße
7002 | Özdemir | Cem | Köln | 38
7005 | Krüger | Jörg | München | 41`,
  ),
]

export const neighbours: Source[] = passages.map((passage, at) => ({ number: at + 1, ...passage }))

/** What is in them, and what the first quotation must hold. */
export const said: [question: string, holds: string][] = [
  ['What is the lead time of Westwind Castings?', 'Lead time (days): 63'],
  ['lead time of alpenguss', 'Lead time (days): 28'],
  ['Until when does the contract with Alpenguss run?', '2025-04-30'],
  ['What is the status of order NH-19998?', 'status: delivered'],
  ['Which order went to Reykjavik?', 'order: NH-90057'],
  ['What does the explosion-proof dosing pump cost?', 'Price: 4312.50'],
  ['What is the price of P-1089?', 'Price: 120.00'],
  ['How many people does Kattegat hold?', 'Kattegat holds 24 people'],
  ['What is the response time of severity level S2?', '2 hours'],
  ['After how many months is a laptop replaced?', '42 months'],
  ['Within how many days can unused valves be returned?', '45 days'],
  ['What is a full day in Norway?', 'Full day: 75 euros'],
  ['What is the tariff code for rental cars?', 'NHC-8821'],
  ['When do deliveries for gate 4 arrive?', 'gate 4 arrive before 10:00'],
  ['What does firmware 2.3 add?', 'Version 2.3 of the firmware adds Modbus.'],
  ['How much does crane 4 lift?', '44 tonnes'],
  ['When does the agreement with Borealis start?', '1 March 2025'],
  ['What is the monthly fee?', 'EUR 4,500.00 excl. VAT.'],
  ['Does Dr. Smith sign invoices?', 'Dr. Smith signs invoices'],
  ['Wie viele Urlaubstage hat jeder Mitarbeiter?', '30 Urlaubstage'],
  ['Wie lange dauert die Kernarbeitszeit?', 'von 9:30 bis 15:00 Uhr'],
  ['Wie hoch ist der Zuschlag für Überstunden?', 'Zuschlag von 25 %'],
  ['Wie lang ist die Kündigungsfrist in der Probezeit?', 'zwei Wochen'],
  ['Wie lang ist die Kündigungsfrist nach der Probezeit?', 'drei Monate'],
  ['An wie vielen Tagen ist Homeoffice möglich?', 'drei Tagen pro Woche'],
  ['Wann beginnt die Inventur?', 'am 3. Januar 2026 um 7 Uhr.'],
  ['Wann ist die Betriebsversammlung?', 'am 12. Mai statt.'],
  ['Wer leitet die Abteilung Forschung?', 'Herr Prof. Dr. h.c. Weber'],
  ['Was kostet die Hängematte?', 'Preis: 49,90'],
  ['Welchen Rabatt gibt es auf den Gartenstuhl Malmö?', 'Rabatt: 10 %'],
  ['Welche Schuhgröße hat Cem Özdemir?', 'Schuhgröße: 38'],
  ['Wo arbeitet Jörg Krüger?', 'Standort: München'],
  ['Wann sind Anlieferungen an Tor 4 möglich?', 'vor 10 Uhr'],
]

/** The same of what is not in them: each has a neighbour there that would pass for it. */
export const notSaidOf: string[] = [
  'What is the lead time of Southwind Castings?',
  'What is the lead time of Siemens?',
  'lead time of siemens',
  'Who is the manager of Westwind Castings?',
  'Until when does the contract with Nordguss run?',
  'What is the status of order NH-25000?',
  'What is the status of ORD-99999?',
  'What is the status of order 44?',
  'Which order went to Lisbon?',
  'In which city is it?',
  'What does the diesel pump cost?',
  'What is the price of P-1090?',
  'How many people does Bornholm hold?',
  'How many people does the meeting room Anholt hold?',
  'What is the response time of severity level S4?',
  'After how many months is a tablet replaced?',
  'Within how many days can used cartridges be returned?',
  'What is a full day in Sweden?',
  'What is the tariff code for hotels?',
  'When do deliveries for gate 7 arrive?',
  'What does firmware 2.2 fix?',
  'How much does crane 44 lift?',
  'What does policy 999 cover?',
  'When does the agreement with Contoso start?',
  'Does Dr. Jones sign invoices?',
  'Wie viele Urlaubstage hat ein Praktikant?',
  'Wie hoch ist der Zuschlag für Nachtarbeit?',
  'Wie lang ist die Kündigungsfrist in der Elternzeit?',
  'Wie lang ist die Kündigungsfrist vor der Probezeit?',
  'Wann beginnt die Messe?',
  'Wann ist die Weihnachtsfeier?',
  'Wer leitet die Abteilung Einkauf?',
  'Was kostet der Liegestuhl?',
  'Welchen Rabatt gibt es auf den Gartenstuhl Oslo?',
  'Welche Schuhgröße hat Anna Özdemir?',
  'Wo arbeitet die Personalnummer 7009?',
  'Wann sind Anlieferungen an Tor 7 möglich?',
  'Wie hoch ist das Weihnachtsgeld?',
]
