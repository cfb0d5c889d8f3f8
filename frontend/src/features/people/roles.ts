import { Eye, Shield, Upload, Wrench } from '@lucide/vue'
import type { Component } from 'vue'
import type { Role } from '@/api/people'

export const ROLE_ICONS: Record<Role, Component> = {
  admin: Shield,
  maintainer: Wrench,
  contributor: Upload,
  viewer: Eye,
}
