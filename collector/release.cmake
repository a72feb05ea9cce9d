# build/release/weather-collector/: what `wxctl deploy` installs. Everything is copied, so that the directory can be moved,
# packed or changed without touching the build. release.json is left to wxctl, which knows how to hash.
set(WX_RELEASE ${CMAKE_BINARY_DIR}/release/weather-collector CACHE INTERNAL "The release that the build makes")
set(WX_SHARE ${CMAKE_BINARY_DIR}/share/wxctl)
set(release_inputs
  ${CMAKE_CURRENT_SOURCE_DIR}/config.yml
  ${CMAKE_CURRENT_SOURCE_DIR}/weather.yaml
  ${CMAKE_SOURCE_DIR}/units/weather-collector.timer)

add_custom_command(
  OUTPUT ${WX_RELEASE}.stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${WX_RELEASE}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${WX_RELEASE}/bin ${WX_RELEASE}/units ${WX_SHARE}/apps
  # Debug information is nine tenths of the file, and every release, backup and slot would keep it.
  COMMAND ${CMAKE_STRIP} --strip-debug -o ${WX_RELEASE}/bin/weather-collector $<TARGET_FILE:weather-collector>
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/config.yml ${WX_RELEASE}/config.yml
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_SOURCE_DIR}/units/weather-collector.timer ${WX_RELEASE}/units/
  COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/weather.yaml ${WX_SHARE}/apps/weather.yaml
  # The manifest finds its release in the same place as after `make install`.
  COMMAND ${CMAKE_COMMAND} -E rm -f ${WX_SHARE}/releases
  COMMAND ${CMAKE_COMMAND} -E create_symlink ../../release ${WX_SHARE}/releases
  COMMAND ${CMAKE_COMMAND} -E touch ${WX_RELEASE}.stamp
  DEPENDS weather-collector ${release_inputs}
  COMMENT "Release of weather-collector"
  VERBATIM)
add_custom_target(weather-release ALL DEPENDS ${WX_RELEASE}.stamp)

install(DIRECTORY ${WX_RELEASE} DESTINATION share/wxctl/releases USE_SOURCE_PERMISSIONS)
install(FILES weather.yaml DESTINATION share/wxctl/apps)
install(TARGETS weather-collector RUNTIME DESTINATION bin)
