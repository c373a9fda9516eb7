/**
 * WGSL of the network's convolutions, as products of matrices. A workgroup computes a tile of positions and a block of output columns; for each
 * four channels of the input it copies the tile's inputs and the filter's rows to its own memory. A thread computes four positions,
 * one below the other, and eight columns. docs/design/network.md, "WebGPU".
 */

/** Height of a tile, in outputs of the convolution. */
export const TILE_HEIGHT = 8;
/** Positions that a thread computes. */
const ROWS = 4;
/** Output columns that a thread computes. */
export const THREAD_COLUMNS = 8;

/** Flags of {@link stepRecord}. */
const RECTIFY_BEFORE = 1;
const ACCUMULATE = 2;
const RECTIFY_AFTER = 4;

/** What a shader is made for. All else is in the records of the steps. */
export interface ShaderForm {
  readonly kind: 'conv' | 'down' | 'up';
  /** Width of a tile. */
  readonly tileWidth: 8 | 16;
  /** Columns of a block, in groups of {@link THREAD_COLUMNS}. */
  readonly groups: number;
}

/** Side of the filter of each kind. An `up` is a product for each position, whose columns are those of four outputs. */
const SIDE = { conv: 3, down: 2, up: 1 } as const;

/** Rows of the filter for four channels of the input. */
export function filterRows(kind: ShaderForm['kind']): number {
  return 4 * SIDE[kind] ** 2;
}

/** Vectors of a map from a value to the next: in x, in y, from four channels to the next four, and between images. */
export type Strides = readonly [x: number, y: number, channels: number, image: number];

/** A step as the shaders read it. */
export interface StepRecord {
  /** Width and height of the input. */
  readonly from: readonly [number, number];
  /** Width and height of what the tiles cover: the output, or the input of an `up`. */
  readonly covered: readonly [number, number];
  /** Vectors of four input channels, and of four output channels. */
  readonly vectors: readonly [number, number];
  /** Where the vectors of the step's factors begin; those of what is added follow. */
  readonly factors: number;
  readonly blocks: number;
  readonly inputStrides: Strides;
  readonly outputStrides: Strides;
  readonly rectify: 'before' | 'after' | undefined;
  readonly accumulate: boolean | undefined;
}

/** Words of a record. */
export function stepRecord(step: StepRecord): Uint32Array<ArrayBuffer> {
  const { from, covered, vectors, factors, blocks, inputStrides, outputStrides, rectify, accumulate } = step;
  const after = rectify === 'before' ? RECTIFY_BEFORE : rectify === 'after' ? RECTIFY_AFTER : 0;
  const flags = after + (accumulate ? ACCUMULATE : 0);
  return Uint32Array.of(
    ...from,
    ...covered,
    ...vectors,
    factors,
    blocks,
    ...inputStrides,
    ...outputStrides,
    flags,
    0,
    0,
    0,
  );
}

/** Text for each number 0..count - 1. */
function repeat(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join('\n');
}

/** Threads of a workgroup. */
export function threadCount({ tileWidth, groups }: Pick<ShaderForm, 'tileWidth' | 'groups'>): number {
  return tileWidth * (TILE_HEIGHT / ROWS) * groups;
}

/** The module, whose entry point is `main`. Workgroups: tiles across, tiles down, images times blocks. */
export function convolutionShader(form: ShaderForm): string {
  const { kind, tileWidth, groups } = form;
  const side = SIDE[kind];
  const stride = kind === 'down' ? 2 : 1;
  const border = kind === 'conv' ? 1 : 0;
  const [wide, high] = [tileWidth, TILE_HEIGHT].map((size) => (size - 1) * stride + side);
  const columns = 2 * groups;
  const filter = filterRows(kind) * columns;
  const threads = threadCount(form);
  const product = (k: number): string => `
{let u=f[v+${k * columns}];let w=f[v+${k * columns + 1}];
${repeat(ROWS, (i) => `a${i}+=r${i}.${'xyzw'[k]}*u;b${i}+=r${i}.${'xyzw'[k]}*w;`)}}`;
  const target = kind === 'up' ? 'vec2(2*q.x+part%2,2*q.y+part/2)' : 'q';
  return `struct Step{size:vec2u,covered:vec2u,vectors:vec2u,factors:u32,blocks:u32,i:vec4u,o:vec4u,flags:u32}
@group(0) @binding(0) var<uniform> p:Step;
@group(0) @binding(1) var<storage> input:array<vec4f>;
@group(0) @binding(2) var<storage> filters:array<vec4f>;
@group(0) @binding(3) var<storage> factors:array<vec4f>;
@group(0) @binding(4) var<storage,read_write> output:array<vec4f>;
var<workgroup> t:array<vec4f,${wide * high}>;
var<workgroup> f:array<vec4f,${filter}>;
fn put(at:u32,c:u32,sum:vec4f){
var s=sum*factors[p.factors+c]+factors[p.factors+p.vectors.y+c];
if((p.flags&${RECTIFY_BEFORE})!=0){s=max(s,vec4f());}
if((p.flags&${ACCUMULATE})!=0){s+=output[at+c*p.o.z];}
if((p.flags&${RECTIFY_AFTER})!=0){s=max(s,vec4f());}
output[at+c*p.o.z]=s;
}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) g:vec3u,@builtin(local_invocation_index) n:u32){
let image=g.z/p.blocks;let block=g.z%p.blocks;
let x=n%${tileWidth};let y=n/${tileWidth}%${TILE_HEIGHT / ROWS}*${ROWS};let group=n/${threads / groups}*2;
let corner=vec2i(g.xy*vec2u(${tileWidth * stride},${TILE_HEIGHT * stride}))-${border};
${repeat(ROWS, (i) => `var a${i}=vec4f();var b${i}=vec4f();`)}
for(var c=0u;c<p.vectors.x;c++){
workgroupBarrier();
for(var i=n;i<${wide * high};i+=${threads}){
let at=corner+vec2i(vec2u(i%${wide},i/${wide}));
var s=vec4f();
if(all(at>=vec2i())&&all(at<vec2i(p.size))){s=input[dot(p.i,vec4u(vec2u(at),c,image))];}
t[i]=s;
}
let begin=(block*p.vectors.x+c)*${filter};
for(var i=n;i<${filter};i+=${threads}){f[i]=filters[begin+i];}
workgroupBarrier();
for(var tap=0u;tap<${side * side};tap++){
let at=(y*${stride}+tap/${side})*${wide}+x*${stride}+tap%${side};let v=tap*${4 * columns}+group;
${repeat(ROWS, (i) => `let r${i}=t[at+${i * stride * wide}];`)}
${repeat(4, product)}
}}
let column=block*${columns}+group;let part=column/p.vectors.y;let c=column%p.vectors.y;
${repeat(
  ROWS,
  (i) => `{let q=g.xy*vec2u(${tileWidth},${TILE_HEIGHT})+vec2u(x,y+${i});
if(all(q<p.covered)){let at=dot(p.o,vec4u(${target},0,image));put(at,c,a${i});put(at,c+1,b${i});}}`,
)}
}`;
}
