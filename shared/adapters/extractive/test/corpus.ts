import type { Source } from '../../../ports/chat-model.ts'

/** Passages as the chunker makes them, of documents as companies have them. */
const passages: Omit<Source, 'number'>[] = [
  {
    title: 'Employee handbook',
    path: 'hr/handbook.md',
    section: ['Employee handbook', 'Leave', 'Annual leave'],
    locator: 'lines 40-58',
    kind: 'text',
    text: `Annual leave

Full-time employees are entitled to 25 days of annual leave in each calendar year, in addition to public holidays. Part-time employees receive leave in proportion to their contracted hours. Leave is requested in the HR portal at least two weeks before it begins and is approved by the line manager.

Up to 5 unused days may be carried over into the next year; they lapse on 31 March. Days that were not taken because of illness are carried over in full.`,
  },
  {
    title: 'Employee handbook',
    path: 'hr/handbook.md',
    section: ['Employee handbook', 'Leave', 'Sick leave'],
    locator: 'lines 60-71',
    kind: 'text',
    text: `Sick leave

Tell your line manager before 9:00 on the first day of an absence. A doctor's certificate is required from the third day of illness. Pay continues in full for six weeks, after which statutory sick pay applies.`,
  },
  {
    title: 'Employee handbook',
    path: 'hr/handbook.md',
    section: ['Employee handbook', 'Remote work'],
    locator: 'lines 72-90',
    kind: 'text',
    text: `Remote work

Employees may work from home on up to three days a week. The office days are agreed within the team. Working from another country needs the written approval of HR and is limited to 20 days a year.

The company pays for the following equipment:
- a laptop and a headset
- an external monitor
- an office chair, up to 300 EUR`,
  },
  {
    title: 'Employee handbook',
    path: 'hr/handbook.md',
    section: ['Employee handbook', 'Expenses'],
    locator: 'lines 91-110',
    kind: 'text',
    text: `Expenses

Receipts must be submitted within 30 days of the expense. Meals are reimbursed up to 40 EUR a day on business trips. First-class train tickets are not reimbursed.
Hotels above 160 EUR a night need approval in advance by the head of department, e.g. Dr. Weber for sales.`,
  },
  {
    title: 'Services agreement',
    path: 'legal/acme-msa.pdf',
    section: ['9. Term and termination'],
    locator: 'page 7',
    kind: 'text',
    text: `9. Term and termination
9.1 This Agreement commences on the Effective Date and continues for an initial term of thirty-six
(36) months. Thereafter it renews automatically for successive periods of twelve (12) months.
9.2 Either party may terminate this Agreement by giving ninety (90) days' written notice to the other
party before the end of the then current term.
9.3 Either party may terminate with immediate effect if the other party commits a material breach and
fails to remedy it within thirty (30) days of receiving notice of the breach.`,
  },
  {
    title: 'Services agreement',
    path: 'legal/acme-msa.pdf',
    section: ['11. Liability'],
    locator: 'page 9',
    kind: 'text',
    text: `11. Liability
11.1 Nothing in this Agreement limits liability for death or personal injury caused by negligence.
11.2 Subject to clause 11.1, the total liability of the Supplier under this Agreement shall not exceed
one hundred and fifty per cent (150%) of the fees paid in the twelve months before the claim.
11.3 Neither party is liable for loss of profit, loss of data or indirect damage.`,
  },
  {
    title: 'Services agreement',
    path: 'legal/acme-msa.pdf',
    section: ['5. Fees and payment'],
    locator: 'page 4',
    kind: 'text',
    text: `5. Fees and payment
5.1 The Supplier invoices monthly in arrears. Invoices are payable within forty-five (45) days of receipt.
5.2 Late payments bear interest at four per cent (4%) above the base rate of the European Central Bank.
5.3 The governing law is set out in clause 16.`,
  },
  {
    title: 'Support FAQ',
    path: 'support/faq.html',
    section: ['Support FAQ'],
    locator: 'paragraphs 1-6',
    kind: 'text',
    text: `How do I reset my password?

Open the sign-in page, choose "Forgotten", and follow the link that we send to you. The link is valid for one hour.

Which browsers are supported?

We support the two latest versions of Chrome, Firefox, Edge and Safari.`,
  },
  {
    title: 'Sales by region',
    path: 'sales/regions.xlsx',
    section: ['Regions'],
    locator: 'Regions!A2:D9',
    kind: 'rows',
    text: `Region | Quarter | Product | Sales
North | Q1 | Pumps | 11200
North | Q2 | Pumps | 12900
North | Q3 | Pumps | 14300
North | Q4 | Pumps | 15100
South | Q1 | Pumps | 8100
South | Q2 | Pumps | 8350
South | Q3 | Pumps | 9050
South | Q4 | Pumps | 9900`,
  },
  {
    title: 'Inventory',
    path: 'ops/inventory.csv',
    section: [],
    locator: 'rows 2-6',
    kind: 'rows',
    text: `SKU | Item | Warehouse | Quantity | Supplier
KX-1001 | Hydraulic hose 12 mm | Hamburg | 140 | Fluidtec
KX-1002 | Hydraulic hose 16 mm | Hamburg | 35 | Fluidtec
KX-2001 | Ball valve DN25 | Lyon | 410 | Valmatic
KX-2002 | Ball valve DN50 | Lyon | 0 | Valmatic
KX-3001 | Pressure gauge 0-10 bar | Hamburg | 77 | Metron`,
  },
  {
    title: 'Security policy',
    path: 'it/security.md',
    section: ['Security policy', 'Passwords'],
    locator: 'lines 1-20',
    kind: 'text',
    text: `Passwords

Passwords have at least 14 characters. Multi-factor authentication is mandatory for every account that can reach customer data. Passwords are changed only after a suspected compromise.

Incidents

Report a lost or stolen device to the security team within one hour. The security team can be reached at security@example.com.`,
  },
  {
    title: 'Company history',
    path: 'about.md',
    section: ['Company history'],
    locator: 'lines 1-9',
    kind: 'text',
    text: `The company was founded in Bremen in 1974 by Anna Petersen. Today it serves customers around the world from offices in Germany, France and Spain.`,
  },
]

export const corpus: Source[] = passages.map((passage, at) => ({ number: at + 1, ...passage }))

/** Question, what the first quotation must hold, and the number of its source. */
export const answerable: [question: string, holds: string, source: number][] = [
  ['How many days of annual leave do employees get?', '25 days of annual leave', 1],
  ['how much annual leave do I get', '25 days of annual leave', 1],
  ['How many leave days can be carried over?', 'Up to 5 unused days', 1],
  ["When do I need a doctor's certificate?", 'from the third day of illness', 2],
  ['How long does pay continue during illness?', 'in full for six weeks', 2],
  ['How many days a week may employees work from home?', 'three days a week', 3],
  ['Can I work from another country?', 'written approval of HR', 3],
  ['What equipment does the company pay for?', 'a laptop and a headset', 3],
  ['By when must receipts be submitted?', 'within 30 days', 4],
  ['Are first-class train tickets reimbursed?', 'First-class train tickets are not reimbursed', 4],
  ['Who approves hotels above 160 EUR a night?', 'e.g. Dr. Weber for sales', 4],
  ['What is the initial term of the agreement?', 'initial term of thirty-six (36) months', 5],
  ['How can either party terminate the agreement with notice?', 'ninety (90) days', 5],
  ['What is the liability of the supplier limited to?', '150%', 6],
  ['When are invoices payable?', 'within forty-five (45) days', 7],
  ['What interest do late payments bear?', 'four per cent (4%)', 7],
  ['How do I reset my password?', 'Open the sign-in page', 8],
  ['Which browsers are supported?', 'Chrome, Firefox, Edge and Safari', 8],
  ['What did region North sell in Q3?', 'Region: North; Quarter: Q3; Product: Pumps; Sales: 14300', 9],
  ['sales of region South in Q4', 'Region: South; Quarter: Q4; Product: Pumps; Sales: 9900', 9],
  ['What quantity of KX-2001 do we have?', 'SKU: KX-2001', 10],
  ['Who supplies the pressure gauge?', 'Supplier: Metron', 10],
  ['Which warehouse has the ball valve DN50?', 'SKU: KX-2002', 10],
  ['How many characters must passwords have?', 'at least 14 characters', 11],
  ['Where do I report a stolen device?', 'Report a lost or stolen device', 11],
  ['Who founded the company and when?', 'founded in Bremen in 1974 by Anna Petersen', 12],
]

export const offTopic: string[] = [
  'What is the capital of France?',
  'Who won the world cup in 1998?',
  'How do I bake sourdough bread?',
  'What is the dental insurance coverage?',
  'How tall is Mount Everest?',
  'What is the parental leave policy for adoptions?',
  'Which programming language should I learn first?',
  'What did region West sell in Q3 2019 in Norway?',
  'How many employees does the company have in Japan?',
  'Tell me a joke about customers',
  'What is the price of a Tesla Model 3?',
  'Is there a gym membership benefit?',
]
