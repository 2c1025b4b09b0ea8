/**
 * Every shape that config files have in real repositories, read or diagnosed. Each case is a sentence about the file,
 * the file, and all that comes of it.
 */
import { describe, expect, test } from 'vitest'
import { type Config, readConfigFile } from './config-file.ts'
import { formatDiagnostic } from './diagnostics.ts'

const image = { name: 'registry.example.com/acme/shop', tag: '1e5' }

/** What a file gives: its config, undefined where it is refused, and every fault as `tronador lint` prints it. */
function read(text: string) {
  const { config, diagnostics } = readConfigFile(text, { image, namespace: 'shop-7', kind: 'Environment' })
  return { config, faults: diagnostics.map((diagnostic) => formatDiagnostic('f', diagnostic)) }
}

const config = (over: Partial<Config> = {}): Config => ({
  chartPath: 'deploy',
  values: {},
  valuesFrom: [],
  namespaceLabels: {},
  gitSecretName: undefined,
  ...over,
})
const tagged = config({ values: { tag: '1e5' } })
const body = 'application:\n  chart_path: deploy\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n'

describe('a file is read without a word', () => {
  test.each<[shape: string, text: string, expected: Config]>([
    [
      'as the workflow guide shows it',
      'application:\n  chart_path: deploy\n  namespaceLabels:\n    kind: pr\n    team: gabbar\n    stakater.com/tenant: veeru\n' +
        '  value_overrides:\n    application:\n      deployment:\n        image:\n' +
        '          repository: {{APPLICATION_IMAGE_NAME}}\n          tag: {{APPLICATION_IMAGE_TAG}}\n',
      config({
        namespaceLabels: { kind: 'pr', team: 'gabbar', 'stakater.com/tenant': 'veeru' },
        values: { application: { deployment: { image: { repository: image.name, tag: '1e5' } } } },
      }),
    ],
    [
      'with its keys in another order',
      'application:\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n  chart_path: deploy\n',
      tagged,
    ],
    ['without labels', body, tagged],
    [
      'with the image under the key `name`',
      'application:\n  chart_path: deploy\n  value_overrides:\n    image:\n      name: {{APPLICATION_IMAGE_NAME}}\n      tag: {{APPLICATION_IMAGE_TAG}}\n',
      config({ values: { image: { name: image.name, tag: '1e5' } } }),
    ],
    ['with blank lines, blanks and tabs at its end', `${body}\n  \n\t\n \t \n\n`, tagged],
    ['with blanks and tabs at the ends of its lines', body.replaceAll('\n', ' \t\n'), tagged],
    ['with the line ends of Windows', body.replaceAll('\n', '\r\n'), tagged],
    ['with the line ends of old Macs', body.replaceAll('\n', '\r'), tagged],
    ['with a byte order mark', `\ufeff${body}`, tagged],
    [
      'with spaces between the braces',
      body.replace('{{APPLICATION_IMAGE_TAG}}', '{ { APPLICATION_IMAGE_TAG } }'),
      tagged,
    ],
    ['with spaces inside the braces', body.replace('{{APPLICATION_IMAGE_TAG}}', '{{ APPLICATION_IMAGE_TAG }}'), tagged],
    ['with a placeholder in quotes', body.replace('{{APPLICATION_IMAGE_TAG}}', '"{{APPLICATION_IMAGE_TAG}}"'), tagged],
    [
      'with placeholders inside a longer value',
      'application:\n  chart_path: deploy\n  value_overrides:\n    image: {{APPLICATION_IMAGE_NAME}}:{{APPLICATION_IMAGE_TAG}}\n    note: "{{APPLICATION_IMAGE_TAG}} of { { APPLICATION_IMAGE_NAME } }"\n',
      config({ values: { image: `${image.name}:1e5`, note: `1e5 of ${image.name}` } }),
    ],
    [
      'with an expression of Helm’s among its values',
      `${body}    host: {{ .Release.Name }}.example.com\n`,
      config({ values: { tag: '1e5', host: '{{ .Release.Name }}.example.com' } }),
    ],
    ['with `secret_ref`', `${body}  secret_ref:\n    name: git\n`, { ...tagged, gitSecretName: 'git' }],
    ['with keys that hold null', `${body}  values_from: null\n  namespaceLabels:\n  secret_ref: ~\n`, tagged],
    [
      'with `values_from` in Helm Operator’s shape',
      `${body}  values_from:\n    - secretKeyRef:\n        name: a\n        namespace: shop-7\n        key: k\n        optional: true\n    - configMapKeyRef: { name: b, key: k }\n    - secretKeyRef: { name: c }\n`,
      {
        ...tagged,
        valuesFrom: [
          { kind: 'Secret', name: 'a', valuesKey: 'k', optional: true },
          { kind: 'ConfigMap', name: 'b', valuesKey: 'k' },
          { kind: 'Secret', name: 'c' },
        ],
      },
    ],
    [
      'with `values_from` in Flux’s shape',
      `${body}  values_from:\n    - { kind: Secret, name: a, valuesKey: k, optional: true }\n    - { kind: ConfigMap, name: b, targetPath: x.y }\n`,
      {
        ...tagged,
        valuesFrom: [
          { kind: 'Secret', name: 'a', valuesKey: 'k', optional: true },
          { kind: 'ConfigMap', name: 'b', targetPath: 'x.y' },
        ],
      },
    ],
    [
      'with the unused shapes of `values_from` set to null',
      `${body}  values_from:\n    - { secretKeyRef: { name: a, key: k }, configMapKeyRef: null, externalSourceRef: null, chartFileRef: null }\n`,
      { ...tagged, valuesFrom: [{ kind: 'Secret', name: 'a', valuesKey: 'k' }] },
    ],
  ])('%s', (_shape, text, expected) => {
    expect(read(text)).toEqual({ config: expected, faults: [] })
  })
})

describe('a file is read with a warning', () => {
  test.each<[shape: string, text: string, expected: Config, warnings: string[]]>([
    [
      'that has `version: v1alpha1`',
      `version: v1alpha1\n${body}`,
      tagged,
      ['f:1:1: ConfigKeyIgnored: warning: `version` is not needed; remove the line'],
    ],
    [
      'that has its labels at the top level',
      `${body}namespaceLabels:\n  team: gabbar\n`,
      { ...tagged, namespaceLabels: { team: 'gabbar' } },
      [
        'f:5:1: ConfigKeyIgnored: warning: `namespaceLabels` at the top level is the older form, still read; move it below `application`',
      ],
    ],
    [
      'that has a literal tag',
      'application:\n  chart_path: deploy\n  value_overrides:\n    tag: v1\n',
      config({ values: { tag: 'v1' } }),
      [
        'f:3:3: PlaceholderMissing: warning: no placeholder is used, so every preview runs the same image; put {{APPLICATION_IMAGE_NAME}} and {{APPLICATION_IMAGE_TAG}} below `value_overrides` where the chart expects the image',
      ],
    ],
    [
      'that has `secret_name`',
      `${body}  secret_name: git\n`,
      tagged,
      [
        'f:5:3: ConfigKeyIgnored: warning: `secret_name` has no effect; remove it, or name the Git credentials under `secret_ref`',
      ],
    ],
    [
      'that names a namespace in `secret_ref`',
      `${body}  secret_ref: { name: git, namespace: ci }\n`,
      { ...tagged, gitSecretName: 'git' },
      [
        'f:5:28: ConfigKeyIgnored: warning: `namespace` has no effect: the Secret is looked for in the environment’s own namespace; remove it',
      ],
    ],
    [
      'that is of the first design throughout',
      'version: v1alpha1\ntarget_branches:\n  - main\ndependencies: []\napplication:\n  chart_path: deploy\n  value_overrides:\n' +
        '    - image.repository={{APPLICATION_IMAGE_NAME}}\n    - image.tag={{APPLICATION_IMAGE_TAG}}\n    - replicas=2\n',
      config({ values: { image: { repository: image.name, tag: '1e5' }, replicas: 2 } }),
      [
        'f:1:1: ConfigKeyIgnored: warning: `version` is not needed; remove the line',
        'f:2:1: ConfigKeyIgnored: warning: `target_branches` has no effect: which pull requests get previews is set on the server; remove it',
        'f:4:1: ConfigKeyIgnored: warning: `dependencies` is of the first design, and names none; remove it',
        'f:7:3: ConfigFirstDesign: warning: `value_overrides` as a list of `path=value` is of the first design, still read; write a map: value_overrides: { image: { repository: {{APPLICATION_IMAGE_NAME}}, tag: {{APPLICATION_IMAGE_TAG}} }, replicas: 2 }',
      ],
    ],
  ])('%s', (_shape, text, expected, faults) => {
    expect(read(text)).toEqual({ config: expected, faults })
  })
})

describe('a file is refused, with place and mend,', () => {
  const values = (list: string) => `${body}  values_from:\n${list}`

  test.each<[shape: string, text: string, faults: string[]]>([
    [
      'that is a whole EnvironmentProvisioner',
      'apiVersion: tronador.stakater.com/v1alpha1\nkind: EnvironmentProvisioner\nmetadata:\n  name: shop-7\nspec: {}\n',
      [
        'f:2:1: ConfigWrongKind: this is a Kubernetes object (EnvironmentProvisioner), not a config file; write a config file here (`application:` with `chart_path`); the object itself belongs in the GitOps repository',
      ],
    ],
    [
      'that is indented with tabs',
      body.replaceAll('  ', '\t'),
      [2, 3, 4].map((line) => `f:${line}:1: ConfigSyntax: a tab stands where indentation belongs; indent with spaces`),
    ],
    [
      'with labels that are none',
      `${body}  namespaceLabels:\n    team: two words\n    stakater.com/tenant: <TENANT_NAME>\n`,
      [
        'f:6:11: LabelInvalid: the label team cannot have the value "two words"; use at most 63 letters, digits, dashes, underscores and dots, beginning and ending with a letter or digit',
        'f:7:26: LabelInvalid: the label stakater.com/tenant cannot have the value "<TENANT_NAME>"; use at most 63 letters, digits, dashes, underscores and dots, beginning and ending with a letter or digit',
      ],
    ],
    [
      'with a placeholder that there is none of',
      body.replace('_TAG', '_TGA'),
      ['f:4:10: PlaceholderUnknown: there is no placeholder "APPLICATION_IMAGE_TGA"; write {{APPLICATION_IMAGE_TAG}}'],
    ],
    [
      'with an unknown key and one that stands twice',
      `${body}  value_override: {}\n  chart_path: chart\n`,
      [
        'f:5:3: ConfigKeyUnknown: the key "value_override" is unknown; write `value_overrides`',
        'f:6:3: ConfigKeyDuplicate: the key "chart_path" stands here a second time; keep one of the two',
      ],
    ],
    [
      'with dependencies of the first design',
      `dependencies:\n  - type: chart\n    name: redis\n  - type: repo\n    url: https://git.example.com/acme/billing\n${body}`,
      [
        'f:2:5: ConfigFirstDesign: a dependency of the first design would not be installed; list its chart under `dependencies` in the Chart.yaml of your own chart, and remove it here',
        'f:4:5: ConfigFirstDesign: a dependency of the first design would not be installed; list its chart under `dependencies` in the Chart.yaml of your own chart, and remove it here',
      ],
    ],
    [
      'with values from outside its namespace',
      values(
        '    - externalSourceRef: { url: https://example.com/values.yaml }\n    - chartFileRef: { path: values-pr.yaml }\n    - secretKeyRef: { name: a, namespace: kube-system, key: k }\n',
      ),
      [
        'f:6:7: ValuesFromUnsupported: `values_from` names an externalSourceRef: values from a URL are refused; put them into `value_overrides`, or into a Secret or ConfigMap of the environment’s namespace',
        'f:7:7: ValuesFromUnsupported: `values_from` names a chartFileRef: a values file in the chart is refused; put them into `value_overrides`, or into a Secret or ConfigMap of the environment’s namespace',
        'f:8:7: ValuesFromForeignNamespace: `values_from` names the Secret a of the namespace kube-system; take `namespace` out and have the Secret or ConfigMap made in the environment’s namespace',
      ],
    ],
    [
      'with entries of `values_from` that name nothing',
      values('    - null\n    - { secretKeyRef: null }\n    - { kind: Vault, name: a }\n'),
      [
        'f:6:7: ConfigWrongType: an entry of `values_from` is not a map; write a list: values_from: [{ kind: Secret, name: NAME, valuesKey: KEY }]',
        'f:7:7: ValuesFromInvalid: an entry of `values_from` names neither a Secret nor a ConfigMap; give `kind` (Secret or ConfigMap) and `name`, or `secretKeyRef` or `configMapKeyRef` with `name` and `key`',
        'f:8:7: ValuesFromInvalid: an entry of `values_from` names neither a Secret nor a ConfigMap; give `kind` (Secret or ConfigMap) and `name`, or `secretKeyRef` or `configMapKeyRef` with `name` and `key`',
      ],
    ],
  ])('%s', (_shape, text, faults) => {
    expect(read(text)).toEqual({ config: undefined, faults })
  })
})
