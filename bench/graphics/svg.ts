/** Elements of SVG as text, and colours. */

/** Attributes of an element; an underscore in a name stands for a hyphen. */
type Attributes = Readonly<Record<string, string | number>>;

/** An element. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key.replaceAll('_', '-')}="${value}"`);
  return `<${name}${list.join('')}>${content}</${name}>`;
}

/** A filled rectangle; `more`: further attributes. */
export function box(x: number, y: number, width: number, height: number, fill: string, more: Attributes = {}): string {
  return element('rect', { x, y, width, height, fill, ...more });
}

/** A filled circle. */
export function disc(cx: number, cy: number, r: number, fill: string, more: Attributes = {}): string {
  return element('circle', { cx, cy, r, fill, ...more });
}

/** A line along a path, without a filling. */
export function stroke(d: string, colour: string, width: number, more: Attributes = {}): string {
  return element('path', { d, fill: 'none', stroke: colour, stroke_width: width, ...more });
}

/** A filled path. */
export function area(d: string, fill: string, more: Attributes = {}): string {
  return element('path', { d, fill, ...more });
}

/** A path through points. */
export function through(points: readonly (readonly [number, number])[], closed = false): string {
  return `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join('L')}${closed ? 'Z' : ''}`;
}

/** Corners of a star or, with `inner` 1, of a polygon of 2 n corners. */
export function star(cx: number, cy: number, r: number, n: number, inner: number): string {
  const corner = (i: number): [number, number] => {
    const angle = (Math.PI * i) / n - Math.PI / 2;
    const radius = i % 2 === 0 ? r : r * inner;
    return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)];
  };
  return through(
    Array.from({ length: 2 * n }, (_, i) => corner(i)),
    true,
  );
}

/** The colour of hue (degrees), saturation and lightness (0..1), as #rrggbb. */
export function colour(hue: number, saturation: number, lightness: number): string {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number): string => {
    const k = (n + (((hue % 360) + 360) % 360) / 30) % 12;
    const value = lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
