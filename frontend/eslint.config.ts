import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import typescript, { type ConfigWithExtends } from 'typescript-eslint'

const features = ['account', 'catalog', 'compare', 'devices', 'jobs', 'model', 'upload']

export default typescript.config(
  { ignores: ['dist', 'node_modules', 'public', 'src/api/schema.d.ts'] },
  ...typescript.configs.strict,
  ...vue.configs['flat/essential'],
  ...accessibility.configs['flat/recommended'],
  {
    languageOptions: { parserOptions: { parser: typescript.parser } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'Property[key.name=/^(?:dateStyle|timeStyle)$/], [property.name=/^toLocale(?:Date|Time)?String$/]',
          message: 'Name one of the TIMES of src/i18n.',
        },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Ask through src/api.' }],
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      'vue/require-explicit-emits': 'error',
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  { files: ['src/i18n/index.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/api/**', '**/*.test.ts'], rules: { 'no-restricted-globals': 'off' } },
  {
    files: ['src/ui/**', 'src/lib/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['@/api/*', '@/features/*', '@/shell/*'] }],
    },
  },
  ...features.map((name): ConfigWithExtends => {
    const others = features
      .filter((other) => other !== name)
      .map((other) => `@/features/${other}/*`)
    return {
      files: [`src/features/${name}/**`],
      rules: { 'no-restricted-imports': ['error', { patterns: others }] },
    }
  }),
)
