"""What has become of the waivers: rules for those that are expired, unused, or speak of no rule there is."""
