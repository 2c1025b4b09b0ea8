// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of that form are what is tested.
/** Golden files: `fixtures/template/<case>/template.yaml` shapes the object beside it. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Diagnostic, formatDiagnostic } from './diagnostics.ts'
import { readEnvironmentTemplate } from './environment-template.ts'
import { fillEnvironmentTemplate } from './environment-template-fill.ts'
import { environmentYaml, renderEnvironment } from './render.ts'

const fixtures = new URL('fixtures/template/', import.meta.url)
const template = (name: string) => readFileSync(new URL(`${name}/template.yaml`, fixtures), 'utf8')
const configText = `application:
  chart_path: deploy
  secret_ref: { name: shop-git }
  namespaceLabels: { team: gabbar, stakater.com/tenant: veeru }
  value_overrides:
    image: { repository: "{{APPLICATION_IMAGE_NAME}}", tag: "{{APPLICATION_IMAGE_TAG}}" }
    "on": "off"
  values_from:
    - secretKeyRef: { name: shop-values, key: values.yaml, optional: true }
`
const smallest = 'application:\n  chart_path: deploy\n  value_overrides: { tag: "{{APPLICATION_IMAGE_TAG}}" }\n'

/** The object shaped by a template, and the faults on the way. */
function shape(text: string, config = configText, branch = 'feature/login') {
  const { template, diagnostics } = readEnvironmentTemplate(text)
  if (template === undefined) return { faults: diagnostics.map(said) }
  const { environment: standard } = renderEnvironment(template.kind, {
    configText: config,
    change: {
      repositoryUrl: 'https://git.example.com/acme/shop.git',
      number: 7,
      branch,
      commit: '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345',
    },
    image: { name: 'registry.example.com/acme/shop', tag: '1e5' },
  })
  if (standard === undefined) throw new Error('the config file was not read')
  const filled = fillEnvironmentTemplate(template, standard)
  return { environment: filled.environment, faults: filled.diagnostics.map(said) }
}
const said = (diagnostic: Diagnostic) => formatDiagnostic('t', diagnostic)

describe('a template shapes the object beside it', () => {
  test.each(readdirSync(fixtures))('%s', async (name) => {
    const { environment, faults } = shape(template(name))

    expect(faults).toEqual([])
    if (environment === undefined) throw new Error('nothing was made of the template')
    const yaml = environmentYaml(environment)
    await expect(yaml).toMatchFileSnapshot(new URL(`${name}/environment.yaml`, fixtures).pathname)
    expect(parse(yaml, { version: '1.2' })).toEqual(environment)
    expect(parse(yaml, { version: '1.1' })).toEqual(environment)
  })
})

test('the list and the maps of a config file that has none are empty', () => {
  const { environment } = shape(template('old-environment'), smallest)

  expect(environment?.spec).toMatchObject({
    namespaceLabels: {},
    application: { release: { valuesFrom: [], values: { tag: '1e5' } } },
  })
})

test('a template with other line breaks and a byte order mark is the same template', () => {
  const text = template('old-environment')

  expect(shape(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toEqual(shape(text))
})

describe('no value changes the structure of the object', () => {
  const hostile = [
    'a"b',
    "a'b",
    'a{b}',
    'a,b',
    'a#b',
    '&a',
    '!a',
    '$GIT_URL',
    '${VALUES_OVERRIDE}',
    '`id`',
    'x;id',
    '%YAML',
    '1e5',
    'off',
    '-',
    '<<',
    '{{APPLICATION_IMAGE_TAG}}',
  ]
  const branches = fc.oneof(
    fc.constantFrom(...hostile),
    fc.string({ unit: fc.constantFrom(...'ab0"\'{}$&!#,;|>`()%@-_=<'), minLength: 1, maxLength: 30 }),
  )

  test.each(readdirSync(fixtures))('%s', (name) => {
    const plain = shape(template(name), configText, 'main').environment

    fc.assert(
      fc.property(branches.filter(isBranch), (branch) => {
        const { environment, faults } = shape(template(name), configText, branch)

        expect(faults).toEqual([])
        expect(parse(environmentYaml(environment as never))).toEqual(withBranch(plain, branch))
      }),
    )
  })

  /** What was rendered for `main`, with another branch wherever `main` stands. */
  function withBranch(value: unknown, branch: string): unknown {
    if (typeof value === 'string') return value.replaceAll('main', () => branch)
    if (Array.isArray(value)) return value.map((item) => withBranch(item, branch))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBranch(item, branch)]))
  }

  function isBranch(text: string): boolean {
    return !/\.\.|@\{|\/\/|^@$|^\.|main/.test(text)
  }
})

describe('a fault is named with its place and its mend', () => {
  const base = template('old-provisioner')
  const having = (from: string, to: string) => base.replace(from, () => to)

  test.each([
    ['', 't:1:1: TemplateInvalid: the template is no object;'],
    ['- a', 't:1:1: TemplateInvalid: the template is no object;'],
    ['a: [', 't:1:5: ConfigSyntax:'],
    [
      having('v1alpha1', 'v1'),
      't:1:1: TemplateInvalid: `apiVersion` and `kind` name no kind of environment; write tronador.stakater.com/v1alpha2 Environment or tronador.stakater.com/v1alpha1 EnvironmentProvisioner',
    ],
    [
      having('kind: EnvironmentProvisioner', 'kind: Secret'),
      't:1:1: TemplateInvalid: `apiVersion` and `kind` name no kind',
    ],
    [having('$GIT_URL', '$GIT_URI'), 't:9:14: PlaceholderUnknown: there is no placeholder $GIT_URI; write $GIT_URL'],
    [
      having('$GIT_URL', '${SECRET}'),
      't:9:14: PlaceholderUnknown: there is no placeholder $SECRET; write one of $ENVIRONMENT_NAME, ',
    ],
    [
      having('$GIT_URL', 'a$VALUES_OVERRIDE'),
      't:9:14: PlaceholderMisplaced: $VALUES_OVERRIDE stands for a map and is part of a longer text here; ',
    ],
    [
      having('ref:', '$GIT_BRANCH:'),
      't:10:9: PlaceholderMisplaced: a placeholder stands where a key belongs: "$GIT_BRANCH"; ',
    ],
    [
      having('$GIT_URL', '{{APPLICATION_IMAGE_NAME}}'),
      't:1:1: PlaceholderMisplaced: placeholders in braces belong in the config file; ',
    ],
    [
      having('name: ${ENVIRONMENT_NAME}', 'name: shop'),
      't:4:9: TemplateInvalid: `metadata.name` is not made of $ENVIRONMENT_NAME alone; ',
    ],
    [
      having('name: ${ENVIRONMENT_NAME}', 'name: $GIT_BRANCH-$ENVIRONMENT_NAME'),
      't:4:9: TemplateInvalid: `metadata.name` is not made of',
    ],
    [having('name: ${ENVIRONMENT_NAME}', 'name: Shop_$ENVIRONMENT_NAME'), 't:4:3: NameInvalid: '],
    [
      having('name: ${', 'finalizers: [ x ]\n  name: ${'),
      't:4:3: TemplateInvalid: there is no field "finalizers" here; remove it; known are name, labels, annotations',
    ],
    [
      having('name: ${', 'annotations: { tronador.stakater.com/commit: x }\n  name: ${'),
      't:4:18: TemplateInvalid: the key "tronador.stakater.com/commit" is Tronador’s own; ',
    ],
    [
      having('name: ${', 'labels: { a: 1 }\n  name: ${'),
      't:4:13: TemplateInvalid: the value of "a" is no text; put it in quotes',
    ],
    [having('spec:', 'status: {}\nspec:'), 't:5:1: TemplateInvalid: there is no field "status" here; '],
    [
      having('      releaseName', '      targetNamespace: kube-system\n      releaseName'),
      't:12:7: TemplateInvalid: there is no field spec.application.release.targetNamespace; ',
    ],
    [
      having('      releaseName', '      serviceAccountName: admin\n      releaseName'),
      't:12:7: TemplateInvalid: there is no field spec.application.release.serviceAccountName; ',
    ],
    [
      having('        path: $CHART_PATH\n', ''),
      't:9:9: TemplateInvalid: spec.application.release.chart.path cannot be used: ',
    ],
    [having('$CHART_PATH', '../x'), 't:11:9: ChartPathInvalid: '],
    [having('$GIT_URL', 'file:///etc'), 't:9:9: RepositoryUrlInvalid: '],
    [having('  ${NAMESPACE_LABELS}', '    pod-security.kubernetes.io/enforce: privileged'), 't:17:3: LabelReserved: '],
    [having('  ${NAMESPACE_LABELS}', '    branch: $GIT_BRANCH'), 't:17:3: LabelInvalid: '],
    [
      having('  ${VALUES_FROM}', '        - secretKeyRef: { name: a, namespace: other, key: b }'),
      't:14:11: ValuesFromForeignNamespace: ',
    ],
    [
      having('spec:', 'spec:\n  change: { repository: a/b/c, number: 1, commit: x }'),
      't:6:3: TemplateInvalid: there is no field spec.change; ',
    ],
    [
      `${template('old-environment')}  change: { repository: a/b/c, number: 1, commit: x }\n`,
      't:31:3: TemplateInvalid: spec.change is not for a template to say; ',
    ],
  ])('%#', (text, fault) => {
    const { faults } = shape(text)

    expect(faults[0]).toContain(fault)
    expect(faults).toHaveLength(1)
  })
})
