/**
 * Words that say nothing about what a passage is about, for each language that search knows: articles, pronouns,
 * prepositions, auxiliaries, question words, and what is left of contractions and elisions ("don't", "l'azienda").
 */
const lists = {
  english: `a about above after again against all also am an and any are aren as at be because been before being below
    between both but by can cannot could couldn d did didn do does doesn doing don down during each either else ever few
    for from further had hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn
    it its itself just let ll me might more most much must my myself neither no nor not of off on once only or other our
    ours ourselves out over own please re s same shall she should shouldn so some such t tell than that the their theirs
    them themselves then there these they this those through to too under until up upon ve very was wasn we were weren
    what when where whether which while who whom whose why will with within without won would wouldn you your yours
    yourself yourselves`,
  german: `aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus bei
    beim bin bis bist da damit dann das dass daß dein deine deinem deinen deiner dem den denn der des dessen dich die
    dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer
    eure für gegen gibt hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer
    ihres im in indem ins ist ja jede jedem jeden jeder jedes jetzt kann kein keine keinem keinen keiner können könnte
    man manche mein meine meinem meinen meiner mich mir mit muss muß müssen nach nicht nichts noch nun nur ob oder ohne
    s sehr sein seine seinem seinen seiner seit sich sie sind so solche soll sollen sollte sondern sonst um und uns unser
    unsere unserem unseren unter viel vom von vor war waren warum was wegen weil welche welchem welchen welcher welches
    wenn wer werde werden wie wieder will wir wird wo wohin wurde wurden würde würden zu zum zur zwar zwischen über`,
  french: `a ai ainsi alors au aucun aucune aussi autre autres aux avant avec avez avoir avons c ce ceci cela celle celles
    celui ces cet cette ceux chaque chez ci comme comment d dans de depuis des donc dont du elle elles en encore entre es
    est et eu eux fait il ils j je jusqu l la le les leur leurs lors lorsqu lui là m ma mais me mes moi mon même n ne ni
    nos notre nous on ont or ou où par parce pas pendant peut peuvent plus pour pourquoi puis puisqu qu quand que quel
    quelle quelles quelqu quels qui quoi s sa sans se selon ses si soit son sont sous sur t ta te tes toi ton tous tout
    toute toutes tu un une vers vos votre vous y à ça étaient était été être`,
  spanish: `a al algo algunas algunos ante antes aquel aquella como con contra cual cuales cuando cuanto cuál cuándo cuánto
    cómo de del desde donde durante dónde e el ella ellas ellos en entre era eran eres es esa esas ese eso esos esta estaba
    estado estamos estar estas este esto estos está están fue fueron ha haber había han has hasta hay he la las le les lo
    los me mi mis mucho muy más mí nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por
    porque puede pueden que quien quién qué se sea ser si sin sobre son su sus sí también tanto te tiene tienen toda todas
    todo todos tu tus tú un una uno unos usted ustedes y ya yo él`,
  italian: `a abbiamo ad agli ai al alla alle allo altri altro anche ancora avere c che chi ci cioè coi col come con contro
    cosa cui d da dagli dai dal dall dalla dalle dallo degli dei del dell della delle dello dentro di dopo dov dove e ed
    era erano essere fra fu gli ha hai hanno ho i il in io l la le lei li lo loro lui ma mi mia mie miei mio molto ne
    negli nei nel nell nella nelle nello no noi non nostra nostro o ogni per perché perchè più po può qual quale quali
    quando quanto quell quella quelle quelli quello quest questa queste questi questo s sarà se sei si sia siamo siete
    sono sta stata stati stato su sua sugli sui sul sull sulla sulle sullo suo suoi tra tu tua tuo tutti tutto un una uno
    v vi voi è`,
  portuguese: `a ao aos aquela aquelas aquele aqueles aquilo as até com como da das de dela dele deles depois do dos e ela
    elas ele eles em entre era eram essa essas esse esses esta estamos estas estava este estes está estão eu foi foram há
    isso isto já lhe lhes lo mais mas me mesmo meu meus minha muito na nas nem no nos nossa nosso não nós o onde os ou
    para pela pelas pelo pelos pode podem por porque qual quais quando quanto que quem quê se seja sem ser será seu seus
    sob sobre sua suas são só também te tem tenho ter teu tinha todas todos tu tua têm um uma umas uns você vocês à às é`,
  dutch: `aan achter al alle alles als altijd andere ben bent bij binnen boven buiten daar dan dat de der deze die dit doch
    doen door dus een en er ge geen had hadden heb hebben hebt heeft hem het hier hij hoe hun iemand iets ik in is ja je
    jij jou jouw jullie kan kon kunnen maar me meer men met mij mijn moet moeten n na naar niet niets nog nu of om omdat
    onder ons onze ook op over s t te tegen toch toen tot u uit uw van veel voor waar waarom wanneer was wat we wel welk
    welke werd werden wie wij wil word worden wordt ze zei zich zij zijn zo zonder zou zullen`,
  none: '',
} as const

export type SearchLanguage = keyof typeof lists

/** The stop words of a language, in lower case. */
export function stopWords(language: SearchLanguage): ReadonlySet<string> {
  return new Set(lists[language].split(/\s+/).filter((word) => word !== ''))
}
