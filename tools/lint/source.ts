import ts from 'typescript'

export interface FoundImport {
  specifier: string
  line: number
  typeOnly: boolean
}

export interface FoundSource {
  imports: FoundImport[]
  /** Where the environment is touched; `handed` when it is only the argument of `loadConfig`. */
  environment: { line: number; handed: boolean }[]
  /** Where something is loaded whose name can't be known. */
  unknown: number[]
}

const isLoader = (node: ts.CallExpression) =>
  node.expression.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(node.expression) && node.expression.text === 'require')

/** `process.env`, `process['env']`, and the parts of it that a pattern takes. */
function touchesEnvironment(node: ts.Node): boolean {
  const isProcess = (expression: ts.Node) => /^(globalThis\.)?process$/.test(expression.getText())
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression)
  if (ts.isElementAccessExpression(node)) {
    return (
      isProcess(node.expression) &&
      ts.isStringLiteralLike(node.argumentExpression) &&
      node.argumentExpression.text === 'env'
    )
  }
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer) {
    return (
      isProcess(node.initializer) &&
      node.name.elements.some((one) => (one.propertyName ?? one.name).getText() === 'env')
    )
  }
  if (ts.isImportDeclaration(node) && /^['"](node:)?process['"]$/.test(node.moduleSpecifier.getText())) {
    const bindings = node.importClause?.namedBindings
    return (
      !!bindings &&
      ts.isNamedImports(bindings) &&
      bindings.elements.some((one) => (one.propertyName ?? one.name).text === 'env')
    )
  }
  return false
}

function isHanded(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && node.parent.expression.getText() === 'loadConfig'
}

/** What a TypeScript file loads, in whatever way, and where it touches the environment. */
export function readSource(file: string, text: string): FoundSource {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: FoundSource = { imports: [], environment: [], unknown: [] }
  const lineOf = (node: ts.Node) => source.getLineAndCharacterOfPosition(node.getStart()).line + 1
  const add = (node: ts.Node, specifier: string, typeOnly: boolean) =>
    found.imports.push({ specifier, line: lineOf(node), typeOnly })

  const visit = (node: ts.Node): void => {
    if (touchesEnvironment(node)) found.environment.push({ line: lineOf(node), handed: isHanded(node) })
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node, node.moduleSpecifier.text, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node, node.moduleSpecifier.text, node.isTypeOnly)
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      add(node, node.argument.literal.text, true)
    } else if (ts.isCallExpression(node) && isLoader(node)) {
      const [first] = node.arguments
      if (first && ts.isStringLiteralLike(first)) add(node, first.text, false)
      else found.unknown.push(lineOf(node))
    } else if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
      // Threads are loaded by their address: `new URL('./thread.ts', import.meta.url)`.
      const [first, second] = node.arguments ?? []
      const isModule = first && ts.isStringLiteralLike(first) && /\.[cm]?[jt]s$/.test(first.text)
      if (isModule && second?.getText() === 'import.meta.url') add(node, first.text, false)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
