/** What the tests of `chart.ref` have in common. */

/** A chart that is released in no time. */
export const chartOfConfigMap = {
  'deploy/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'deploy/templates/configmap.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\n',
}
