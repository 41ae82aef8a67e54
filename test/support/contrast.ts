/** Contrast of two colours as WCAG 2.2 defines it (1.4.11: 3:1 for what is no text). */

/** Red, green and blue from 0 to 255, and how opaque it is from 0 to 1. */
export type Color = readonly [red: number, green: number, blue: number, opacity: number];

/** Reads `#rrggbb` and `rgb()` or `rgba()`. */
export function parseColor(text: string): Color {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (hex) return [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16), 1];
  const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [];
  if (!/^(?:rgba?|color)\(/.test(text) || numbers.length < 3) throw new Error(`This is no colour: ${text}`);
  const scale = text.startsWith("color") ? 255 : 1;
  const [red = 0, green = 0, blue = 0, opacity = 1] = numbers;
  return [red * scale, green * scale, blue * scale, opacity];
}

/** A colour as it is seen on an opaque one. */
export function over([red, green, blue, opacity]: Color, [backRed, backGreen, backBlue]: Color): Color {
  const mix = (front: number, back: number): number => front * opacity + back * (1 - opacity);
  return [mix(red, backRed), mix(green, backGreen), mix(blue, backBlue), 1];
}

function luminance([red, green, blue]: Color): number {
  const linear = (value: number): number => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** From 1 to 21. */
export function contrast(front: Color, back: Color): number {
  const [low = 0, high = 0] = [luminance(over(front, back)), luminance(back)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
