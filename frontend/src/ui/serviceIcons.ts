import {
  Boxes,
  Cctv,
  Factory,
  HardHat,
  Image,
  MessageSquareText,
  Mic,
  PersonStanding,
  Route,
  ScanEye,
  ScanFace,
  Sparkles,
  SquareParking,
  WandSparkles,
} from '@lucide/vue'
import type { Component } from 'vue'

const ICONS: Record<string, Component> = {
  cctv: Cctv,
  factory: Factory,
  'hard-hat': HardHat,
  image: Image,
  'message-square-text': MessageSquareText,
  mic: Mic,
  'person-standing': PersonStanding,
  route: Route,
  'scan-eye': ScanEye,
  'scan-face': ScanFace,
  sparkles: Sparkles,
  'square-parking': SquareParking,
  'wand-sparkles': WandSparkles,
}

/** What a service type may be shown by. */
export const ICON_NAMES = [...Object.keys(ICONS), 'boxes']

/** The icon of a service type; one that an administrator named otherwise gets the common box. */
export function iconOf(name: string): Component {
  return ICONS[name] ?? Boxes
}
