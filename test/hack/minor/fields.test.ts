import { describe, expect, test } from 'vitest';
import { compareFields } from '../../../hack/minor/compare-fields.ts';
import { type Field, fieldsOfConfiguration } from '../../../hack/minor/fields.ts';
import { fieldRows } from '../../../src/kubelet/data/kubelet-fields.ts';
import { knownRelease } from '../../../src/kubelet/release.ts';

const own = `
// KubeletConfiguration { has braces in its remark
type KubeletConfiguration struct {
	metav1.TypeMeta \`json:",inline"\`

	// A remark with a \`json:"trap"\` in it.
	Words []string \`json:"words,omitempty"\`
	ResolverConfig *string \`json:"resolvConf,omitempty"\`
	Mode  ModeOfIt \`json:"mode"\`
	Port  int32    \`json:"port,omitempty" protobuf:"varint,1"\`
	Often metav1.Duration \`json:"often"\`
	Seldom *metav1.Duration \`json:"seldom"\`
	Headers map[string][]string \`json:"headers"\`
	Gates map[string]bool \`json:"gates"\`
	Hidden string \`json:"-"\`
	Items []Item \`json:"items"\`
	Logging logsapi.Logging \`json:"logging"\`
}

type ModeOfIt string

type Item struct {
	Limits v1.ResourceList \`json:"limits"\`
	At *metav1.Time \`json:"at"\`
}
`;
const ofOthers = `
type Logging struct {
	FlushFrequency TimeOrMetaDuration \`json:"flushFrequency"\`
	Levels Levels \`json:"levels"\`
	Text TextOptions \`json:"text"\`
}

type TextOptions struct {
	Routing \`json:",inline"\`
}

type Routing struct {
	InfoBufferSize resource.QuantityValue \`json:"infoBufferSize"\`
}

type Levels []LevelItem

type LevelItem struct {
	Level Verbosity \`json:"level"\`
}

type Verbosity uint32

type ModeOfIt struct {
}
`;

test('the fields of the structs of Go', () => {
  const fields = fieldsOfConfiguration([own, ofOthers]).map(({ path, goPath, type }) => `${path} ${type} ${goPath}`);
  expect(fields).toEqual([
    'gates map:bool Gates',
    'headers map:list:string Headers',
    'items list:object Items',
    'items[].at string Items.At',
    'items[].limits map:quantity Items.Limits',
    'logging object Logging',
    'logging.flushFrequency duration|nanoseconds Logging.FlushFrequency',
    'logging.levels list:object Logging.Levels',
    'logging.levels[].level uint32 Logging.Levels.Level',
    'logging.text object Logging.Text',
    'logging.text.infoBufferSize quantity Logging.Text.InfoBufferSize',
    'mode string Mode',
    'often duration Often',
    'port int32 Port',
    'resolvConf string ResolverConfig',
    'seldom duration? Seldom',
    'words list:string Words',
  ]);
});

test('a type that no source explains is not guessed', () => {
  expect(() => fieldsOfConfiguration([own])).toThrow('field logging has the type logsapi.Logging, which no file');
  expect(() => fieldsOfConfiguration(['package v1beta1'])).toThrow('no struct KubeletConfiguration');
});

describe('fields beside the table', () => {
  const release = knownRelease('1.38');
  const all: readonly Field[] = fieldRows.map(({ path, type }) => ({ path, type, goPath: path }));

  test('lines that were taken out of the table are printed, and no other ones', () => {
    const taken = fieldRows.filter((_, index) => index % 9 === 0);
    const rest = fieldRows.filter((row) => !taken.includes(row));
    expect(compareFields(rest, all, release).map(({ kind, line }) => [kind, line])).toEqual(
      taken.map(({ path, type }) => ['new', `{ path: '${path}', type: '${type}', since: '1.38' },`]),
    );
  });

  test('a field that is gone, and one with another type', () => {
    const fields = all
      .filter(({ path }) => path !== 'address')
      .map((field): Field => (field.path === 'maxPods' ? { ...field, type: 'int64' } : field));
    expect(compareFields(fieldRows, fields, release).map(({ name, kind, line }) => [name, kind, line])).toEqual([
      ['address', 'removed', undefined],
      ['maxPods', 'changed', "{ path: 'maxPods', type: 'int64' },"],
    ]);
  });
});
